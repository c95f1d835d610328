#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

// Only what Swift cannot import (macros, variadics) gets a function here; no logic.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stddef.h>

// BIO_get_mem_data is a macro around BIO_ctrl with a cast. The bytes belong to the BIO.
static inline long copenssl_bio_get_mem_data(BIO *_Nonnull bio, char *_Nullable *_Nonnull data) {
    return BIO_get_mem_data(bio, data);
}

// EVP_PKEY_PUBLIC_KEY is a macro over other macros, which Swift does not import.
static inline int copenssl_evp_pkey_public_key(void) {
    return EVP_PKEY_PUBLIC_KEY;
}

// EVP_RSA_gen is a macro over the variadic EVP_PKEY_Q_keygen. The caller owns the key.
static inline EVP_PKEY *_Nullable copenssl_evp_rsa_gen(unsigned int bits) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
}

// EVP_PKEY_Q_keygen is variadic; for "EC" its last argument is the name of the curve. The caller owns the key.
static inline EVP_PKEY *_Nullable copenssl_evp_ec_gen(const char *_Nonnull curve) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
}

// Swift imports OSSL_PKEY_PARAM_RSA_N as a String, whose bytes live for one call only; OSSL_PARAM_BLD keeps the pointer
// that it is given. This one is to a string literal and stays valid.
static inline const char *_Nonnull copenssl_pkey_param_rsa_n(void) {
    return OSSL_PKEY_PARAM_RSA_N;
}

// OSSL_PKEY_PARAM_RSA_E, for the same reason.
static inline const char *_Nonnull copenssl_pkey_param_rsa_e(void) {
    return OSSL_PKEY_PARAM_RSA_E;
}

#endif
