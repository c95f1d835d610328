internal import ServiceLifecycle

/// A service with a name.
///
/// A group describes its services for its log. Without a description of their own that is all that they hold, value by
/// value, which takes a tenth of the start.
struct NamedService: Service, CustomStringConvertible {
    let description: String
    private let service: any Service

    init(_ name: String, _ service: any Service) {
        self.description = name
        self.service = service
    }

    func run() async throws { try await service.run() }
}
