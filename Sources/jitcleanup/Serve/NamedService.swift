internal import ServiceLifecycle

/// A service under its type's name.
///
/// A group describes its services for its log. Without a description of their own that is all that they hold, value by
/// value, which takes a tenth of the start.
struct NamedService: Service, CustomStringConvertible {
    private let service: any Service

    init(_ service: any Service) {
        self.service = service
    }

    var description: String { "\(type(of: service))" }

    func run() async throws { try await service.run() }
}
