internal import HTTPTransport
internal import Timestamps

/// Handles the server's requests: finds the endpoint, injects faults, and keeps the log.
struct LocalCloudService: Sendable {
    let options: LocalCloudOptions
    let metadata: LocalMetadataServer
    let tokens: LocalTokenService
    let keys: SigningKeys
    let resourceManager: LocalResourceManager
    let hierarchy = LocalHierarchy()
    let pubSub: PubSub
    let tasks: LocalTaskQueues
    let relay: Relay
    let faults = Faults()
    let requests = RequestLog()
    let deliveries = DeliveryLog()

    init(_ options: LocalCloudOptions, transport: any Transport) throws(SigningError) {
        self.options = options
        metadata = LocalMetadataServer(options)
        tokens = LocalTokenService(options, metadata)
        keys = try SigningKeys(options)
        resourceManager = LocalResourceManager(time: options.time)
        let sender = PushSender(
            transport: transport,
            keys: keys,
            time: options.time,
            messageAgeSeconds: options.messageAgeSeconds
        )
        pubSub = PubSub(sender: sender, log: deliveries)
        tasks = LocalTaskQueues(sender: sender, log: deliveries)
        relay = Relay(sender: sender, log: deliveries)
    }

    /// Looks at a request's head before its body is read.
    ///
    /// - Returns: The fault that strikes the request, if any.
    func admit(_ head: RequestHead) async -> Fault? {
        let route = Route(method: head.method, path: head.path, query: head.query)
        let fault = faults.take(route)
        // These are never answered, so they are noted here.
        if case .hang = fault { note(head, route, status: nil) }
        return fault
    }

    func answer(_ head: RequestHead, body: [UInt8], fault: Fault?) async -> LocalReply {
        let route = Route(method: head.method, path: head.path, query: head.query)
        var reply = await answer(head, route, body, fault)
        if let date = faults.date(options.time.now()) { reply.headers.append(("Date", date)) }
        if case .reset = reply.ending {
            note(head, route, status: nil)
        } else {
            note(head, route, status: reply.status)
        }
        return reply
    }

    private func answer(_ head: RequestHead, _ route: Route, _ body: [UInt8], _ fault: Fault?) async -> LocalReply {
        // A sleep ends early only when this cloud does; the response is then not read.
        if let latency = faults.latency(at: route.endpoint) { try? await options.time.sleep(latency) }
        switch fault {
        case nil: return await dispatch(head, route, body)
        case .answer(let reply): return reply
        case .hang, .reset: return reset(LocalReply(status: 503))
        case .loseReply: return reset(await dispatch(head, route, body))
        case .cut(let count):
            var reply = await dispatch(head, route, body)
            reply.ending = .cut(afterBytes: count)
            return reply
        case .truncate(let count):
            var reply = await dispatch(head, route, body)
            reply.body = Array(reply.body.prefix(count))
            return reply
        case .oversized(let count):
            var reply = await dispatch(head, route, body)
            reply.body += [UInt8](repeating: 0x20, count: max(0, count - reply.body.count))
            return reply
        case .delay(let duration):
            try? await options.time.sleep(duration)
            return await dispatch(head, route, body)
        case .answerLate(let duration):
            let reply = await dispatch(head, route, body)
            try? await options.time.sleep(duration)
            return reply
        }
    }

    private func dispatch(_ head: RequestHead, _ route: Route, _ body: [UInt8]) async -> LocalReply {
        switch route.endpoint {
        case .accessToken, .metadata: return metadata.answer(head, key: route.resource)
        case .oauthToken: return tokens.grant(head, body: body)
        case .securityToken: return tokens.exchange(body: body)
        case .generateAccessToken:
            if let refusal = refusal(head) { return refusal }
            return tokens.impersonate(route.resource, body: body)
        case .keys: return keys.answer()
        case .relay: return await relay.pass(body)
        case .getIamPolicy:
            if let refusal = refusal(head) { return refusal }
            return await resourceManager.getIamPolicy(route.resource, body: body)
        case .setIamPolicy:
            if let refusal = refusal(head) { return refusal }
            let reason = head.header("x-goog-request-reason")
            return await resourceManager.setIamPolicy(route.resource, body: body, reason: reason)
        case .listProjects:
            return refusal(head) ?? hierarchy.list(.projects, query: head.query)
        case .listFolders:
            return refusal(head) ?? hierarchy.list(.folders, query: head.query)
        case .publish:
            if let refusal = pubSubRefusal(head) { return refusal }
            return pubSub.publish(route.resource, body: body)
        case .seek:
            if let refusal = pubSubRefusal(head) { return refusal }
            return pubSub.seek(route.resource, body: body)
        case .createTask: return refusal(head) ?? tasks.create(route.resource, body: body)
        case .unknown:
            return LocalReply(htmlStatus: 404, text: "The requested URL was not found on this server.")
        }
    }

    /// The response to a call without a good access token; nil if it has one.
    private func refusal(_ head: RequestHead) -> LocalReply? {
        let authorization = head.header("authorization")
        guard !metadata.isAuthorized(authorization) else { return nil }
        return GoogleError.unauthenticated(hasCredential: authorization != nil).reply
    }

    private func pubSubRefusal(_ head: RequestHead) -> LocalReply? {
        // The emulator's clients send no token at all; one that is sent is looked at.
        guard options.publishingNeedsToken || head.header("authorization") != nil else { return nil }
        return refusal(head)
    }

    private func reset(_ reply: LocalReply) -> LocalReply {
        var reply = reply
        reply.ending = .reset
        return reply
    }

    private func note(_ head: RequestHead, _ route: Route, status: Int?) {
        requests.add(RequestRecord(route: route, status: status, time: options.time.now(), headers: head.headers))
    }
}
