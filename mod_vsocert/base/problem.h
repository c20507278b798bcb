/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one table of what can be refused. Every refusal has a slug; the API
 * answers with it as urn:vsocert:problem:<slug> (RFC 9457), the audit trail
 * records it, docs/api.md lists it, and tests compare the three.
 */
#ifndef VSO_PROBLEM_H
#define VSO_PROBLEM_H

/* X(name, slug, HTTP status, title) */
#define VSO_PROBLEMS(X)                                                        \
    X(MALFORMED, "malformed", 400, "The request cannot be read")               \
    X(NOT_SIGNED_IN, "not-signed-in", 401, "Not signed in")                    \
    X(FORBIDDEN, "forbidden", 403, "Not allowed")                              \
    X(SIGN_IN_AGAIN, "sign-in-again", 403, "Sign in again")                    \
    X(NOT_FOUND, "not-found", 404, "Not found")                                \
    X(METHOD, "method-not-allowed", 405, "Method not allowed")                 \
    X(TIMEOUT, "timeout", 408, "The request took too long")                    \
    X(CERTIFICATE_EXISTS, "certificate-exists", 409,                           \
      "A certificate exists already")                                          \
    X(NO_CERTIFICATE, "no-certificate", 409, "There is no certificate")        \
    X(WRONG_STATE, "wrong-state", 409, "The version is in another state")      \
    X(KEY_IN_USE, "key-in-use", 409, "The key is in use")                      \
    X(ENTRY_SERVED, "entry-served", 409, "A virtual host serves the entry")    \
    X(KEY_NOT_EXPORTABLE, "key-not-exportable", 409,                           \
      "The key cannot be taken over")                                          \
    X(CHOOSE_ALIAS, "choose-alias", 409, "The file holds several keys")        \
    X(INTEGRITY, "integrity", 409, "The database was edited")                  \
    X(RESTORED, "restored-database", 409,                                      \
      "The database is older than what is served")                             \
    X(MOVED, "moved-keystore", 409, "The keystore is in another database now") \
    X(UNTRUSTED_SIGNER, "untrusted-signer", 409,                               \
      "Signed by a certificate that is not trusted")                           \
    X(DIGEST_MISMATCH, "digest-mismatch", 409,                                 \
      "Not the package that was shown")                                        \
    X(PACKAGE_NEEDS_KEY, "package-needs-key", 409,                             \
      "Stored packages need this key")                                         \
    X(PACKAGE_EXISTS, "package-exists", 409, "A package exists already")       \
    X(STALE, "stale", 412, "Changed by somebody else")                         \
    X(TOO_LARGE, "too-large", 413, "Too large")                                \
    X(MEDIA_TYPE, "unsupported-media-type", 415, "Unsupported media type")     \
    X(EXPECTATION, "expectation-failed", 417, "An expectation cannot be met")  \
    X(INVALID, "invalid", 422, "A value is not acceptable")                    \
    X(KEY_MISMATCH, "key-mismatch", 422, "Certificate and key do not match")   \
    X(WRONG_PASSWORD, "wrong-password", 422, "The password is wrong")          \
    X(UNSUPPORTED_FORMAT, "unsupported-format", 422, "Unsupported format")     \
    X(DAMAGED, "damaged", 422, "The file is damaged")                          \
    X(WEAK_KEY, "weak-key", 422, "Too weak to be served")                      \
    X(NOT_SERVABLE, "not-servable", 422, "It cannot be served")                \
    X(BAD_PACKAGE, "bad-package", 422, "The package is damaged")               \
    X(BAD_ZIP, "bad-zip", 422, "The zip archive is damaged")                   \
    X(ZIP_BOMB, "zip-bomb", 422, "The archive unpacks to too much")            \
    X(UNSAFE_NAME, "unsafe-name", 422, "A file name is not safe")              \
    X(DUPLICATE_NAME, "duplicate-name", 422, "A file name stands twice")       \
    X(BAD_XML, "bad-xml", 422, "An XML file is damaged")                       \
    X(BAD_SIGNATURE, "bad-signature", 422, "A signature does not hold")        \
    X(NO_RECIPIENT, "no-recipient", 422, "No key here opens it")               \
    X(SLOW_DOWN, "slow-down", 429, "Too many attempts or uploads")             \
    X(INTERNAL, "internal", 500, "Internal error")                             \
    X(NOT_SIGNED, "not-signed", 502, "The package cannot be signed")           \
    X(NO_SIGNER, "no-signer", 503, "There is nothing to sign with")            \
    X(BUSY, "busy", 503, "The server is busy")                                 \
    X(SEALED, "sealed", 503, "The keystore is sealed")                         \
    X(DATABASE, "database-unavailable", 503, "The database is unavailable")    \
    X(NEWER_SCHEMA, "newer-schema", 503, "The database is from a newer version")

/** A problem; VSO_P_NONE: all is well. */
typedef enum {
    VSO_P_NONE = 0,
#define VSO_P_ENUM(name, slug, status, title) VSO_P_##name,
    VSO_PROBLEMS(VSO_P_ENUM)
#undef VSO_P_ENUM
        VSO_P_COUNT
} vso_problem_e;

/** Stable name of a problem, for example "key-mismatch"; "ok" for none. */
const char *vso_problem_slug(vso_problem_e problem);

/** Short English title, the same for every occurrence. */
const char *vso_problem_title(vso_problem_e problem);

/** HTTP status that the API answers with. */
int vso_problem_status(vso_problem_e problem);

#endif
