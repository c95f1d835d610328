internal import HTTPTransport
internal import PushTokens
internal import Testing

@Suite struct `Freshness of keys` {
    @Test(arguments: [
        ("public, max-age=21600, must-revalidate", String?.none, 21600), ("max-age=21600", "600", 21000),
        ("MAX-AGE=3600", nil, 3600), (#"max-age="3600""#, nil, 3600), ("s-maxage=9, max-age=3600", nil, 3600),
        ("max-age = 3600", nil, 3600), ("max-age=0", nil, 60), ("max-age=59", nil, 60), ("max-age=61", nil, 61),
        ("max-age=86401", nil, 86400), ("max-age=99999999999999999999999", nil, 86400),
        ("max-age=3600", "9999999999999999999", 60),
        ("max-age=3600", "-1", 3600), ("max-age=3600", "x", 3600), ("max-age=-1", nil, 3600), ("max-age=", nil, 3600),
        ("max-age=1e3", nil, 3600), ("no-store", nil, 3600), ("", nil, 3600), ("xmax-age=100", nil, 3600),
    ]) func `is max-age less Age within its bounds`(_ control: String, _ age: String?, _ seconds: Int) {
        var headers = [(name: "cache-control", value: control)]
        if let age { headers.append((name: "age", value: age)) }
        let response = TransportResponse(status: 200, headers: headers)
        #expect(KeyFreshness.lifetime(of: response) == .seconds(seconds))
    }

    @Test func `is found in any of several fields, and has a default`() {
        let headers = [(name: "cache-control", value: "public"), (name: "cache-control", value: "max-age=120")]
        #expect(KeyFreshness.lifetime(of: TransportResponse(status: 200, headers: headers)) == .seconds(120))
        #expect(KeyFreshness.lifetime(of: TransportResponse(status: 200)) == KeyFreshness.unstated)
    }
}
