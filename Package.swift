// swift-tools-version: 6.3
import PackageDescription

/// Every target is built with the strictest settings that Swift 6.3 has: language mode 6 (from the tools
/// version), strict memory safety and all upcoming features.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit: Target.Dependency = .product(
    name: "ServiceLifecycleTestKit",
    package: "swift-service-lifecycle"
)

let package = Package(
    name: "jitcleanup",
    products: [
        .executable(name: "jitcleanup", targets: ["jitcleanup"]),
        .executable(name: "jitcleanup-demo", targets: ["jitcleanup-demo"]),
        .library(name: "LocalCloud", targets: ["LocalCloud"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system.git", exact: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2", traits: []),
    ],
    targets: [
        // System libraries: a module map and a shim header each.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CJWT", pkgConfig: "libjwt", providers: [.apt(["libjwt-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // Leaves: pure values, no imports of ours.
        module("Base64"),
        module("LosslessJSON"),
        module("Timestamps"),

        // The domain.
        module("IAMPolicy", ["LosslessJSON", "Timestamps"]),
        module("ExpiryNotices", ["IAMPolicy", "LosslessJSON", "Timestamps"]),
        module("HTTPTransport", ["CCurl", "COpenSSL"]),
        module(
            "PushTokens",
            ["HTTPTransport", "Base64", "LosslessJSON", "Timestamps", "CJWT", "COpenSSL"],
            exclude: ["README.md"]
        ),
        module("TokenSigning", ["CJWT", "COpenSSL"]),
        module("GoogleCloud", ["HTTPTransport", "Base64", "LosslessJSON", "Timestamps"]),
        module("GoogleCredentials", ["GoogleCloud", "HTTPTransport", "TokenSigning", "LosslessJSON", "Timestamps"]),
        module("Cleanup", ["ExpiryNotices", "IAMPolicy", "GoogleCloud", "LosslessJSON", "Timestamps"]),
        // HTTP/1.1 with limits and deadlines; knows nothing of ours.
        module("HTTPEdge", [hummingbirdCore, nioCore, nioHTTP1, nioPosix, lifecycle, logging]),
        module(
            "PushEndpoint",
            [
                "HTTPEdge", "Cleanup", "ExpiryNotices", "GoogleCloud", "IAMPolicy", "PushTokens", "Base64",
                "LosslessJSON",
                "Timestamps", nioHTTP1, logging, lifecycle,
            ]
        ),

        // Google on loopback, for the demo and the tests.
        module(
            "LocalCloud",
            [
                "HTTPEdge", "HTTPTransport", "TokenSigning", "Base64", "LosslessJSON", "Timestamps", "COpenSSL",
                nioHTTP1, lifecycle, logging, subprocess, systemPackage,
            ]
        ),

        // Settings, logging and wiring, for both programs.
        module(
            "Service",
            [
                "PushEndpoint", "HTTPEdge", "Cleanup", "IAMPolicy", "PushTokens", "GoogleCloud", "GoogleCredentials",
                "HTTPTransport", "LosslessJSON", "Timestamps",
                logging, lifecycle,
                .product(name: "Configuration", package: "swift-configuration"),
            ]
        ),

        .executableTarget(
            name: "jitcleanup",
            dependencies: [
                "Service", "PushEndpoint", "Cleanup", "ExpiryNotices", "IAMPolicy", "GoogleCloud", "GoogleCredentials",
                "HTTPTransport", "LosslessJSON", "Timestamps", "Base64",
                logging, lifecycle, nioHTTP1, argumentParser, systemPackage, unixSignals,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "jitcleanup-demo",
            dependencies: [
                "Service", "LocalCloud", "IAMPolicy", "HTTPTransport", "Base64", "LosslessJSON", "Timestamps",
                logging, argumentParser, unixSignals,
            ],
            swiftSettings: settings
        ),

        // What several test targets share.
        .target(
            name: "TestSupport",
            dependencies: ["GoogleCloud", "HTTPTransport", "LosslessJSON", "Timestamps", "COpenSSL"],
            path: "Tests/Support",
            swiftSettings: settings
        ),

        tests("Base64Tests", ["Base64"]),
        tests("LosslessJSONTests", ["LosslessJSON"]),
        tests("TimestampsTests", ["Timestamps", "TestSupport"]),
        tests("ExpiryNoticesTests", ["ExpiryNotices", "IAMPolicy", "LosslessJSON", "Timestamps"]),
        tests(
            "IAMPolicyTests",
            ["IAMPolicy", "LosslessJSON", "Timestamps", "TestSupport"],
            exclude: ["Vectors", "random-conditions"]
        ),
        tests(
            "CleanupTests",
            [
                "Cleanup", "ExpiryNotices", "IAMPolicy", "GoogleCloud", "HTTPTransport", "LosslessJSON", "Timestamps",
                "TestSupport",
            ],
            exclude: ["Oracle"]
        ),
        tests("HTTPTransportTests", ["HTTPTransport", "TestSupport", subprocess, systemPackage]),
        tests("TokenSigningTests", ["TokenSigning", "Base64", "TestSupport"]),
        tests(
            "GoogleCloudTests",
            [
                "GoogleCloud", "GoogleCredentials", "HTTPTransport", "Base64", "LosslessJSON", "Timestamps",
                "TestSupport",
            ],
            exclude: ["Oracle"]
        ),
        tests(
            "PushTokensTests",
            ["PushTokens", "HTTPTransport", "LosslessJSON", "Timestamps", "TestSupport", "CJWT", "COpenSSL"],
            exclude: ["Vectors", "Oracle"]
        ),
        tests(
            "LocalCloudTests",
            ["LocalCloud", "HTTPTransport", "Base64", "LosslessJSON", "Timestamps", "TestSupport", "COpenSSL"]
        ),
        tests(
            "ServiceTests",
            [
                "Service", "PushEndpoint", "Cleanup", "IAMPolicy", "GoogleCloud", "LosslessJSON", "Timestamps",
                "TestSupport", logging,
            ]
        ),
        tests(
            "jitcleanupTests",
            ["jitcleanup", "Service", "ExpiryNotices", "LosslessJSON", "Timestamps", "Base64", "TestSupport"]
        ),
        tests(
            "EndToEndTests",
            [
                "jitcleanup", "jitcleanup-demo", "Service", "LocalCloud", "PushEndpoint", "HTTPEdge", "PushTokens",
                "HTTPTransport", "Base64", "LosslessJSON", "Timestamps", "TestSupport",
                nioCore, nioEmbedded, nioHTTP1, logging, lifecycle, subprocess, systemPackage,
            ],
            exclude: ["Vectors", "Oracle"]
        ),
        tests(
            "SimulationTests",
            [
                "jitcleanup", "Service", "LocalCloud", "PushEndpoint", "Cleanup", "IAMPolicy", "PushTokens",
                "GoogleCloud", "HTTPTransport", "LosslessJSON", "Timestamps", "TestSupport",
                nioCore, nioHTTP1, logging, lifecycle, lifecycleTestKit, subprocess, systemPackage,
            ]
        ),
    ]
)

// For `.ci/run`: a user's build, with a newer compiler say, does not fail by a warning.
if Context.environment["WARNINGS_AS_ERRORS"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings?.append(.treatAllWarnings(as: .error))
    }
}

// For what must be quick, and for the sanitizers, which need builds of their own: some test targets and what they need,
// without the other packages.
if let only = Context.environment["ONLY_TEST_TARGET"] {
    var needed = Set(only.split(separator: ",").map(String.init))
    for target in package.targets.reversed() where needed.contains(target.name) {
        for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
    package.dependencies = []
}
