// swift-tools-version: 6.2
import PackageDescription

/// Every target is built with the strictest settings that Swift 6.3 has: language mode 6 (from the tools
/// version), strict memory safety, all upcoming features, and warnings as errors.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]

/// A shipped binary is loaded by nothing, so it offers no symbols to others (2.3 MB of tables).
///
/// Its relocations are packed (1.6 MB), for which glibc 2.36 and the toolchain's own linker are needed. The folder has the
/// linker use the static C++ library.
let smallBinary: LinkerSetting = .unsafeFlags(
    [
        "-use-ld=lld", "-L\(Context.packageDirectory)/Sources/jitcleanup/Linking",
        "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
        "-Xlinker", "--icf=safe",
    ],
    .when(platforms: [.linux], configuration: .release)
)

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
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
        .library(name: "LocalCloud", targets: ["LocalCloud"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
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
        module("ExpiryNotices", ["LosslessJSON", "Timestamps"]),
        module("IAMPolicy", ["LosslessJSON", "Timestamps"]),
        module("HTTPTransport", ["CCurl", "COpenSSL"]),
        module("PushTokens", ["HTTPTransport", "LosslessJSON", "Timestamps", "CJWT", "COpenSSL"]),
        module("TokenSigning", ["CJWT", "COpenSSL"]),
        module("GoogleCloud", ["HTTPTransport", "TokenSigning", "Base64", "LosslessJSON", "Timestamps"]),
        module("Cleanup", ["ExpiryNotices", "IAMPolicy", "GoogleCloud", "LosslessJSON", "Timestamps"]),
        // HTTP/1.1 with limits and deadlines; knows nothing of ours.
        module("HTTPEdge", [hummingbirdCore, nioCore, nioHTTP1, logging]),
        module(
            "Webhook",
            [
                "HTTPEdge", "Cleanup", "ExpiryNotices", "IAMPolicy", "PushTokens", "Base64", "LosslessJSON",
                "Timestamps", nioHTTP1, logging, lifecycle,
            ]
        ),

        // Google on loopback, for the demo and the tests.
        module(
            "LocalCloud",
            [
                "HTTPTransport", "TokenSigning", "Base64", "LosslessJSON", "Timestamps", "COpenSSL",
                hummingbirdCore, httpTypes, nioCore, nioLocks, nioPosix, lifecycle, logging,
                subprocess, systemPackage,
            ]
        ),

        .executableTarget(
            name: "jitcleanup",
            dependencies: [
                "Webhook", "HTTPEdge", "Cleanup", "ExpiryNotices", "IAMPolicy", "PushTokens", "GoogleCloud",
                "HTTPTransport", "LocalCloud", "Base64", "LosslessJSON", "Timestamps",
                hummingbirdCore, logging, lifecycle, nioCore, nioHTTP1, nioPosix, systemPackage,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Linking"],
            swiftSettings: settings,
            linkerSettings: [smallBinary]
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
        tests("ExpiryNoticesTests", ["ExpiryNotices", "Timestamps"]),
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
            ["GoogleCloud", "HTTPTransport", "Base64", "LosslessJSON", "Timestamps", "TestSupport"],
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
            "jitcleanupTests",
            ["jitcleanup", "Webhook", "Cleanup", "LosslessJSON", "Timestamps", "TestSupport", logging]
        ),
        tests(
            "EndToEndTests",
            [
                "jitcleanup", "LocalCloud", "Webhook", "HTTPEdge", "PushTokens", "HTTPTransport", "Base64",
                "LosslessJSON", "Timestamps", "TestSupport",
                nioCore, nioEmbedded, logging, subprocess, systemPackage,
            ],
            exclude: ["Vectors"]
        ),
        tests(
            "SimulationTests",
            [
                "jitcleanup", "LocalCloud", "Webhook", "Cleanup", "IAMPolicy", "PushTokens", "GoogleCloud",
                "HTTPTransport", "LosslessJSON", "Timestamps", "TestSupport",
                nioCore, nioHTTP1, logging, lifecycle, lifecycleTestKit, subprocess, systemPackage,
            ]
        ),
    ]
)

// For the sanitizers, which need builds of their own: one test target and what it needs, without the other packages.
if let only = Context.environment["ONLY_TEST_TARGET"] {
    var needed: Set<String> = [only]
    for target in package.targets.reversed() where needed.contains(target.name) {
        for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
    package.dependencies = []
}
