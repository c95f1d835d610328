internal import COpenSSL

/// Creates RSA public keys with OpenSSL.
enum RSAPublicKey {
    /// The key as an `EVP_PKEY` owned by the caller, and as PEM, after OpenSSL's own check; nil if any step fails.
    ///
    /// `EVP_PKEY_fromdata` alone checks nothing: it accepts an even modulus or an exponent of 0.
    static func prepare(modulus: [UInt8], exponent: [UInt8]) -> (key: OpaquePointer, pem: [UInt8])? {
        guard let key = unsafe makeKey(modulus, exponent) else {
            ERR_clear_error()
            return nil
        }
        guard unsafe isSound(key), let pem = unsafe encode(key) else {
            unsafe EVP_PKEY_free(key)
            ERR_clear_error()
            return nil
        }
        return unsafe (key, pem)
    }

    // In the functions below each object except the key is freed by the function that created it, on every path; null
    // is never dereferenced, and OpenSSL's free functions accept it.

    /// Creates an `EVP_PKEY`, which the caller owns.
    private static func makeKey(_ modulus: [UInt8], _ exponent: [UInt8]) -> OpaquePointer? {
        let n = unsafe BN_bin2bn(modulus, Int32(modulus.count), nil)
        defer { unsafe BN_free(n) }
        let e = unsafe BN_bin2bn(exponent, Int32(exponent.count), nil)
        defer { unsafe BN_free(e) }
        let builder = unsafe OSSL_PARAM_BLD_new()
        defer { unsafe OSSL_PARAM_BLD_free(builder) }
        guard unsafe n != nil, unsafe e != nil, unsafe builder != nil,
            unsafe OSSL_PARAM_BLD_push_BN(builder, copenssl_pkey_param_rsa_n(), n) == 1,
            unsafe OSSL_PARAM_BLD_push_BN(builder, copenssl_pkey_param_rsa_e(), e) == 1
        else { return nil }
        let parameters = unsafe OSSL_PARAM_BLD_to_param(builder)
        defer { unsafe OSSL_PARAM_free(parameters) }
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?  // <EVP_PKEY>
        guard unsafe parameters != nil, unsafe context != nil, unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &key, copenssl_evp_pkey_public_key(), parameters) == 1
        else { return nil }
        return unsafe key
    }

    private static func isSound(_ key: OpaquePointer) -> Bool {
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        return unsafe context != nil && EVP_PKEY_public_check(context) == 1
    }

    private static func encode(_ key: OpaquePointer) -> [UInt8]? {
        guard let output = unsafe BIO_new(BIO_s_mem()) else { return nil }
        defer { unsafe BIO_free_all(output) }
        guard unsafe PEM_write_bio_PUBKEY(output, key) == 1 else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_bio_get_mem_data(output, &text)
        // The text belongs to the BIO, which lives until the copy is done.
        guard count > 0, let text = unsafe text else { return nil }
        return unsafe UnsafeRawBufferPointer(start: text, count: count).map { $0 }
    }
}
