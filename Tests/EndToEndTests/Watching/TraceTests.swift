import NIOHTTP1
import Testing

@testable import PushEndpoint

@Suite("The trace of a request")
struct TraceTests {
    private static let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    private static let google = "105445aa7843bc8bf206b12000100000"

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-01-x", "ff-\(trace)-\(span)-01",
        "0-\(trace)-\(span)-01", "00-\(String(repeating: "0", count: 32))-\(span)-01",
        "00-\(trace)-0000000000000000-01", "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span)-1",
        "00-\(trace)-\(span)-0g", "00-\(trace)0-\(span)-01",
    ])
    func `what W3C calls invalid is ignored in favour of Google's own header`(_ header: String) {
        let both = TraceContext(["traceparent": header, "x-cloud-trace-context": "\(Self.google)/1;o=1"])
        #expect(both?.traceID == Self.google)
        #expect(both?.spanID == nil)
        #expect(TraceContext(["traceparent": header]) == nil)
    }

    @Test(arguments: ["00-\(trace)-\(span)-01", "01-\(trace)-\(span)-00-more"])
    func `what it calls valid comes first`(_ header: String) {
        let context = TraceContext(["traceparent": header, "x-cloud-trace-context": Self.google])
        #expect(context?.traceID == Self.trace)
        #expect(context?.spanID == Self.span)
    }

    @Test(arguments: ["", "0", String(repeating: "0", count: 32), "x/1"])
    func `Google's header has an ID that is not all zero`(_ header: String) {
        #expect(TraceContext(["x-cloud-trace-context": header]) == nil)
    }
}
