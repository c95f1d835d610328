// libcurl for Swift. Variadic functions do not exist there, so each one in use gets an inline function for each argument
// type, and nothing else: no logic in C.

#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

// The type checks are macros around the variadic calls; the argument types below make them superfluous.
#define CURL_DISABLE_TYPECHECK

#include <curl/curl.h>
#include <stdint.h>
#include <sys/prctl.h>

#pragma clang assume_nonnull begin

// curl_easy_setopt is variadic.
static inline CURLcode ccurl_easy_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the string, except for CURLOPT_POSTFIELDS.
static inline CURLcode ccurl_easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_COPYPOSTFIELDS, whose size is set before it.
static inline CURLcode ccurl_easy_set_bytes(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl does not copy the list; it must live as long as the handle.
static inline CURLcode ccurl_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_WRITEDATA and CURLOPT_HEADERDATA.
static inline CURLcode ccurl_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode ccurl_easy_set_callback(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

// CURLOPT_PRIVATE holds a pointer; ours is a number that is never followed.
static inline CURLcode ccurl_easy_set_identifier(CURL *easy, uintptr_t value) {
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)value);
}

// curl_easy_getinfo is variadic.
static inline CURLcode ccurl_easy_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_easy_get_identifier(CURL *easy, uintptr_t *value) {
    char *pointer = 0;
    CURLcode code = curl_easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
    *value = (uintptr_t)pointer;
    return code;
}

// curl_multi_setopt is variadic.
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// prctl is variadic too, and pthread_setname_np is not in Swift's Glibc. At most 15 bytes count.
static inline int ccurl_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}

#pragma clang assume_nonnull end

#endif
