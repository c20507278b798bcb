/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Every cap in one place, each with its reason. Checked before any work is
 * done on what they limit. Sizes are bytes unless the name says otherwise.
 */
#ifndef VSO_LIMITS_H
#define VSO_LIMITS_H

/* A certificate with 100 SANs is about 5 KiB; nobody serves one over 64. */
#define VSO_MAX_CERT (64 * 1024)

/* RSA-4096 in PKCS#8 is 2.4 KiB; RSA-16384, the largest that OpenSSL
 * verifies with, 9.3. */
#define VSO_MAX_KEY (32 * 1024)

/* Leaf, intermediates and root; public chains have four, deep corporate ones
 * seven. */
#define VSO_MAX_CHAIN 16

/* Certificates in one CA reply or keystore file: a chain per key and the
 * roots that a Java trust store brings along. */
#define VSO_MAX_CERTS_IN_FILE 512

/* PEM blocks in one of these, requests, parameters and the like included. */
#define VSO_MAX_PEM_BLOCKS 2048

/* Private keys in one keystore file. */
#define VSO_MAX_KEYS_IN_FILE 64

/* A keystore file of VSO_MAX_CERTS_IN_FILE certificates. */
#define VSO_MAX_KEYSTORE (4 * 1024 * 1024)

/* A CA reply with its chain, text around it included. */
#define VSO_MAX_REPLY (1024 * 1024)

/* keytool refuses more than 5,000,000 iterations as well; one derivation of
 * this many takes seconds. Fuzz targets are built with few, or they would do
 * nothing else. */
#ifndef VSO_MAX_PBE_ITERATIONS
#define VSO_MAX_PBE_ITERATIONS 5000000
#endif

/* Iterations for one file in all, other spellings of the password included:
 * integrity, certificates and one key at their highest, and one to spare. */
#define VSO_MAX_PBE_WORK (4 * VSO_MAX_PBE_ITERATIONS)

/* Shortest password of a file that is exported, in characters: 12 random
 * letters are out of reach for who guesses 100,000 a second for a lifetime. */
#define VSO_MIN_PASSWORD 12

/* Longest password that is handed to a key derivation. */
#define VSO_MAX_PASSWORD 1024

/* SANs in one request: what large public CAs allow. */
#define VSO_MAX_SANS 100

/* An entry's name; also the length of its column. */
#define VSO_MAX_ENTRY 64

/* What is searched of an entry, and how many of its waiting versions it comes
 * from: a certificate of VSO_MAX_CERT has fewer bytes of names, and of more
 * requests than these nobody remembers the names. */
#define VSO_MAX_SEARCH         (256 * 1024)
#define VSO_MAX_SEARCH_PENDING 20

/* Validity of a self-signed certificate in days: ten years. */
#define VSO_MAX_DAYS 3650

/* Upper bounds of X.520 (RFC 5280, appendix A.1), in characters. */
#define VSO_UB_COMMON_NAME  64
#define VSO_UB_ORGANIZATION 64
#define VSO_UB_ORG_UNIT     64
#define VSO_UB_LOCALITY     128
#define VSO_UB_STATE        128
#define VSO_UB_DNS_NAME     253

/* Nesting of a JSON document; the API's own shapes have four levels. */
#define VSO_MAX_JSON_DEPTH 8

/* Values in a JSON body: the longest list has VSO_MAX_ELEMENTS ids, and some
 * members beside it. One takes about 100 bytes once it is parsed. */
#define VSO_MAX_JSON_VALUES (VSO_MAX_ELEMENTS + 1000)

/* A JSON body where no file is expected: a subject with VSO_MAX_SANS names of
 * VSO_UB_DNS_NAME bytes has 27 KiB. */
#define VSO_MAX_JSON_BODY (64 * 1024)

/* The same with VSO_MAX_ELEMENTS ids, each with its quotes, comma and
 * indentation: 1.1 MiB. */
#define VSO_MAX_JSON_IDS                                                       \
    (VSO_MAX_JSON_BODY + VSO_MAX_ELEMENTS * (VSO_MAX_ELEMENT_ID + 16))

/* One column of one row: APR's MySQL driver cuts at 1 MiB what it reads. */
#define VSO_MAX_VALUE (512 * 1024)

/* A node that says nothing for this long within a transaction has lost its
 * machine or its network: the database takes the transaction back, and with it
 * the lock that all changes of a fleet wait for. What a change does between
 * two statements takes milliseconds. */
#define VSO_IDLE_SEC 10

/* A number in a row: what JSON's readers keep exactly. Counters do not come
 * this far, and what is reckoned with times and sizes does not overflow. */
#define VSO_MAX_NUMBER ((apr_int64_t)9007199254740991)

/* One text of an audit row; longer ones are cut. */
#define VSO_MAX_AUDIT_TEXT 1024

/* Files and directories in one package: the largest real ones have some
 * thousand elements of six files each, every one with its signature. */
#define VSO_MAX_ZIP_ENTRIES 60000

/* Elements in one package: with six files each, and their signatures, these
 * are VSO_MAX_ZIP_ENTRIES. A call holds some 10 KiB for each. */
#define VSO_MAX_ELEMENTS 5000

/* Files of one element: real ones have ten, or one for each form. Their list
 * is a column, with names of VSO_MAX_ZIP_NAME bytes. */
#define VSO_MAX_ELEMENT_FILES 200

/* Keys and values of a package's dunes-meta-inf: real ones have a kilobyte.
 * They become a column, in which a character can take six bytes. */
#define VSO_MAX_META (64 * 1024)

/* A package's description, where it is made here. */
#define VSO_MAX_DESCRIPTION 4096

/* A path inside a package. */
#define VSO_MAX_ZIP_NAME 1024

/* The central directory of a zip: VSO_MAX_ZIP_ENTRIES names as they are, held
 * in memory twice. */
#define VSO_MAX_ZIP_DIRECTORY (16 * 1024 * 1024)

/* A package's name, which is a file's name and a column. */
#define VSO_MAX_PACKAGE_NAME 200

/* An element's id, a column; and its type, name, path, version and rights,
 * each. */
#define VSO_MAX_ELEMENT_ID   200
#define VSO_MAX_ELEMENT_TEXT 1024

/* Tags of one element. */
#define VSO_MAX_TAGS 100

/* A package's files unpacked; signatures and all. */
#define VSO_MAX_UNPACKED (1024 * 1024 * 1024)

/* Unpacked to packed, of one file over 1 MiB: deflate reaches 1032, text of
 * scripts stays below 20. */
#define VSO_MAX_ZIP_RATIO 200

/* One file of an element that is read whole to describe or check it: data of
 * a workflow is some 100 KiB, its input form less. Larger data is not
 * looked into, but for resources, and those on disk. */
#define VSO_MAX_ELEMENT_FILE (4 * 1024 * 1024)

/* XML of packages: the same, and its nesting. */
#define VSO_MAX_XML       VSO_MAX_ELEMENT_FILE
#define VSO_MAX_XML_DEPTH 128

/* Elements, attributes and lines of one document; the parser keeps some 100
 * bytes for each, 20 MiB at most, and 4 MiB of script have half of it. */
#define VSO_MAX_XML_NODES 200000

/* Certificates in one package. */
#define VSO_MAX_PACKAGE_CERTS 256

/* Parts of an upload with multipart/form-data, and the headers of one: forms
 * that upload packages have a few fields, each with two headers. */
#define VSO_MAX_PARTS     64
#define VSO_MAX_PART_HEAD 8192

/* A raw RSA signature of RSA-16384. */
#define VSO_MAX_RAWSIG 2048

/* A CMS signature: the signer's chain and little else. */
#define VSO_MAX_P7S (1024 * 1024)

/* A bundle of certification authorities with their revocation lists; those of
 * large ones have some hundred thousand entries. */
#define VSO_MAX_TRUST_CA (32 * 1024 * 1024)

/* One encrypted file: OpenSSL opens a CMS message whole in memory, at about
 * four times its size. */
#define VSO_MAX_ENCRYPTED (8 * 1024 * 1024)

/* The same with its recipients: one takes some 3 KiB with RSA-16384. */
#define VSO_MAX_ENVELOPE (VSO_MAX_ENCRYPTED + 256 * 1024)

/* Recipients that an export is encrypted for. */
#define VSO_MAX_RECIPIENTS 32

/* Bytes of content in one row; as base64 it is 256 KiB. */
#define VSO_CHUNK (192 * 1024)

/* Imports that wait for an answer, and how long they do. */
#define VSO_MAX_IMPORTS    32
#define VSO_IMPORT_TTL_SEC 3600

/* Of these, how many one user uploads at a time: slow uploads of one leave
 * places to the others. */
#define VSO_MAX_RECEIVING 8

/* One that is being received counts for this long after the child that
 * receives it renewed it last: five of its beats. */
#define VSO_IMPORT_ALIVE_SEC 15
#define VSO_IMPORT_BEAT_SEC  3

/* Certificates in the trust table. */
#define VSO_MAX_TRUSTED 1000

/* A node's name; host names have up to 253 characters, few are over 60. */
#define VSO_MAX_NODE 100

/* A node was last seen this long ago at the most, or three of its own poll
 * intervals, to count as live: three heartbeats. */
#define VSO_NODE_BEAT_SEC 5
#define VSO_NODE_LIVE_SEC 15

/* A node that was not seen for this long is forgotten: a day. */
#define VSO_NODE_KEEP_SEC 86400

/* Who told of an event is remembered for 30 days; an event that nobody told
 * of within a week, as all nodes were down, is not told of any more. */
#define VSO_EVENT_KEEP_SEC (30 * 86400)
#define VSO_EVENT_LATE_SEC (7 * 86400)

/* What needs a fresh sign-in takes a session that began this long ago at the
 * most: who sits down at somebody else's console later gets no key. */
#define VSO_FRESH_SEC 300

/* The form of the sign-in page; mod_auth_form's own limit (AuthFormSize). */
#define VSO_MAX_SIGN_IN 8192

/* What bodies that wait in files without a name may take on this node's disk in
 * all, in packages of the largest size (VSOCertMaxPackage): 2 GiB by default.
 */
#define VSO_MAX_SPOOLED 8

/* How many calls of a kind take processors at a time: one for each processor,
 * and no more than this, as memory is taken as well. */
#define VSO_MAX_SLOTS 64

/* For each of these so many wait, each of them with a thread of httpd's, and so
 * long: what is ahead of them takes some seconds, and clients and proxies give
 * up after 30. */
#define VSO_SLOT_WAITERS  2
#define VSO_SLOT_WAIT_SEC 10

/* A slot of each kind for so many threads of all children: those that work and
 * those that wait leave most of them to others. */
#define VSO_THREADS_PER_SLOT 12

/* A body that is spooled is there by then: whoever sends a byte now and then
 * does not hold the room of all. 256 MiB in that time are 2.3 Mbit/s. */
#define VSO_SPOOL_SEC 900

/* A message program is killed after this long, and this many run at a time in
 * one of httpd's children. */
#define VSO_MESSAGE_SEC  60
#define VSO_MAX_MESSAGES 4

/* An OCSP response; common ones have 0.5 to 2 KiB. */
#define VSO_MAX_OCSP (64 * 1024)

/* How long a responder may take to be reached, and then to answer; and how
 * often it is asked at the most while it has nothing. */
#define VSO_OCSP_TIMEOUT_SEC 2
#define VSO_OCSP_RETRY_SEC   60

/* How long a change waits for the other nodes when it is asked to. */
#define VSO_FLEET_WAIT_SEC 5

/* The oldest OpenSSL of 3.0 that is known to be sound: before it, CMS writes
 * past the end of a heap block where a recipient names aes-wrap-pad, which the
 * module does not let through, and libraries beside it may. tests/deps.sh reads
 * this line. */
#define VSO_SOUND_OPENSSL "3.0.22"

/* Versions whose handshakes are counted one by one, until httpd is started
 * anew; a daily change fills this in most of a year. */
#define VSO_MAX_COUNTED_VERSIONS 256

/* Rows that fail their MAC, of which a check says which: who wrote to all rows
 * makes no answer any longer. */
#define VSO_MAX_ROW_PROBLEMS 100

/* The most rows that one list call returns. */
#define VSO_MAX_PAGE 500

#endif
