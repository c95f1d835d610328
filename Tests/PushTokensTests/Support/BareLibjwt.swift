internal import CJWT

/// libjwt without the gate in front of it.
enum BareLibjwt {
    static func accepts(_ token: String, pem: [UInt8]) -> Bool {
        var object: OpaquePointer?  // <jwt_t>
        // Text and PEM outlive the call; the object is freed once.
        let status = unsafe jwt_decode(&object, token, pem, Int32(pem.count))
        unsafe jwt_free(object)
        return status == 0
    }
}
