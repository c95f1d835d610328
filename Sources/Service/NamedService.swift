internal import ServiceLifecycle

/// Wraps a service to give it a short description.
///
/// A service group logs descriptions of its services. The default description dumps all their stored values, which
/// takes a tenth of the startup time.
struct NamedService: Service, CustomStringConvertible {
    let description: String
    private let service: any Service

    init(_ name: String, _ service: any Service) {
        self.description = name
        self.service = service
    }

    func run() async throws { try await service.run() }
}
