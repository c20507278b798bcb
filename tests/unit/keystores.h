/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keystores of every schema version that was ever served, as SQL that nothing
 * of the code makes: the statements of each step, with the words that
 * vso_dialect_expand knows, and rows of a keystore as a build of that time had
 * left them, one at least in each table. A schema version that lands gets its
 * step here, and what is here is never changed.
 *
 * The master key consists of 32 times "a". The key of version N is the text
 * "key of version N".
 */
#ifndef VSO_TEST_KEYSTORES_H
#define VSO_TEST_KEYSTORES_H

#include <stddef.h>

static const char *const step_1[] = {
    "CREATE TABLE IF NOT EXISTS vmo_keystore_state (id {int} NOT NULL "
    "PRIMARY KEY CHECK (id = 1), schema_version {int} NOT NULL, "
    "keystore_id {name} NOT NULL, generation {int} NOT NULL, next_id "
    "{int} NOT NULL, audit_seq {int} NOT NULL, audit_mac {name} NOT "
    "NULL, sealed_audit_key {text} NOT NULL, lock_count {int} NOT "
    "NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_keystore (id {int} NOT NULL PRIMARY "
    "KEY, alias {name} NOT NULL, version {int} NOT NULL, state {name} "
    "NOT NULL CHECK (state IN ('pending', 'active', 'passive', "
    "'retired')), slot {name} NOT NULL, origin {name} NOT NULL, key_type "
    "{name} NOT NULL, key_fingerprint {name} NOT NULL, sealed_key {text} "
    "NOT NULL, csr {text} NOT NULL, certificate {text} NOT NULL, chain "
    "{text} NOT NULL, subject {text} NOT NULL, issuer {text} NOT NULL, "
    "subject_text {text} NOT NULL, issuer_text {text} NOT NULL, serial "
    "{name} NOT NULL, sans {text} NOT NULL, signature_algorithm {name} "
    "NOT NULL, fingerprint {name} NOT NULL, not_before_sec {int} NOT "
    "NULL, not_after_sec {int} NOT NULL, self_signed {int} NOT NULL, "
    "created_sec {int} NOT NULL, created_by {text} NOT NULL, "
    "activated_sec {int} NOT NULL, generation {int} NOT NULL, UNIQUE "
    "(alias, version), UNIQUE (alias, slot), UNIQUE (key_fingerprint, "
    "id), CHECK ((state = 'retired') = (sealed_key = ''))){options}",
    "CREATE TABLE IF NOT EXISTS vmo_audit (seq {int} NOT NULL PRIMARY "
    "KEY, at_sec {int} NOT NULL, actor {text} NOT NULL, address {text} "
    "NOT NULL, action {text} NOT NULL, alias {text} NOT NULL, version_id "
    "{int} NOT NULL, outcome {text} NOT NULL, detail {text} NOT NULL, "
    "mac {text} NOT NULL, UNIQUE (at_sec, seq)){options}",
    "CREATE TABLE IF NOT EXISTS vmo_session (session_key {name} NOT NULL "
    "PRIMARY KEY, expiry {int} NOT NULL, session {text} NOT "
    "NULL){options}",
    NULL,
};

static const char *const rows_1[] = {
    "INSERT INTO vmo_keystore_state (id, schema_version, keystore_id, "
    "generation, next_id, audit_seq, audit_mac, sealed_audit_key, "
    "lock_count) VALUES (1, 0, 'bbc90de06116bbedc5242322b0403851', 5, 5, "
    "6, "
    "'24c94e5260dd5e5c056ea521936882eebd9688825bb0dd92dcecfe02a0daf5e5'"
    ", "
    "'v1.3b8d325211e96344.dF0GWYogBFSW+g1JPcMAbliC7KT6CteseB3p5Oq/t+IpE"
    "TcJV9vwGMsRiflKlmaFkIasz31sC6rdFKjn', 12)",
    "INSERT INTO vmo_keystore (id, alias, version, state, slot, origin, "
    "key_type, key_fingerprint, sealed_key, csr, certificate, chain, "
    "subject, issuer, subject_text, issuer_text, serial, sans, "
    "signature_algorithm, fingerprint, not_before_sec, not_after_sec, "
    "self_signed, created_sec, created_by, activated_sec, generation) "
    "VALUES (1, 'server', 1, 'passive', '1', 'self-signed', 'rsa-2048', "
    "'key-print-1', "
    "'v1.3b8d325211e96344.6Ye8rcrXoTdQ3j8NURM26q19hug9/BAQ/48QKcI59fO4v"
    "G4G2PWL/aCyNac=', 'csr 1', 'certificate 1', 'chain 1', "
    "'{\"commonName\":\"1\"}', '{\"organization\":\"1\"}', 'CN=Zoë 1', "
    "'O=1', '01', 'DNS:1.example.org', 'ecdsa-with-SHA256', 'print-1', "
    "1700000000, 1900000000, 1, 1795998612, 'vmware', 1795998612, 2)",
    "INSERT INTO vmo_keystore (id, alias, version, state, slot, origin, "
    "key_type, key_fingerprint, sealed_key, csr, certificate, chain, "
    "subject, issuer, subject_text, issuer_text, serial, sans, "
    "signature_algorithm, fingerprint, not_before_sec, not_after_sec, "
    "self_signed, created_sec, created_by, activated_sec, generation) "
    "VALUES (2, 'server', 2, 'active', 'rsa', 'ca-signed', 'rsa-3072', "
    "'key-print-2', "
    "'v1.3b8d325211e96344.Pkeo/HWhutqDp7mEt2kadcpLR0qcGPS4o2yGTAWVkyLIC"
    "GiGbaG6WUgNL/8=', 'csr 2', 'certificate 2', 'chain 2', "
    "'{\"commonName\":\"2\"}', '{\"organization\":\"2\"}', 'CN=Zoë 2', "
    "'O=2', '02', 'DNS:2.example.org', 'ecdsa-with-SHA256', 'print-2', "
    "1700000001, 1900000001, 0, 1795998612, 'vmware', 1795998612, 2)",
    "INSERT INTO vmo_keystore (id, alias, version, state, slot, origin, "
    "key_type, key_fingerprint, sealed_key, csr, certificate, chain, "
    "subject, issuer, subject_text, issuer_text, serial, sans, "
    "signature_algorithm, fingerprint, not_before_sec, not_after_sec, "
    "self_signed, created_sec, created_by, activated_sec, generation) "
    "VALUES (3, 'server', 3, 'pending', '3', 'self-signed', 'ec-p256', "
    "'key-print-3', "
    "'v1.3b8d325211e96344.l1NuY3fVzG92gD6m2oGV1t/J5CHV5TgOI8V/iqyBwZPOR"
    "xf5kQ19Uan5zvg=', 'csr 3', '', '', '', '', 'CN=Zoë 3', '', '', '', "
    "'', '', 0, 0, 0, 1795998612, 'vmware', 0, 3)",
    "INSERT INTO vmo_keystore (id, alias, version, state, slot, origin, "
    "key_type, key_fingerprint, sealed_key, csr, certificate, chain, "
    "subject, issuer, subject_text, issuer_text, serial, sans, "
    "signature_algorithm, fingerprint, not_before_sec, not_after_sec, "
    "self_signed, created_sec, created_by, activated_sec, generation) "
    "VALUES (4, 'other', 1, 'retired', '1', 'imported', 'ec-p256', "
    "'key-print-4', '', 'csr 4', 'certificate 4', 'chain 4', "
    "'{\"commonName\":\"4\"}', '{\"organization\":\"4\"}', 'CN=Zoë 4', "
    "'O=4', '04', 'DNS:4.example.org', 'ecdsa-with-SHA256', 'print-4', "
    "1700000003, 1900000003, 0, 1795998612, 'vmware', 1795998612, 5)",
    "INSERT INTO vmo_audit (seq, at_sec, actor, address, action, alias, "
    "version_id, outcome, detail, mac) VALUES (1, 1795998612, 'vmware', "
    "'192.0.2.1', 'create', 'server', 1, 'ok', 'CN=Zoë 1', "
    "'8ab44e7bb99d2fd5c80ad2addd6c3df9bcf6670f49ec9cad7be351fc57401fbb'"
    ")",
    "INSERT INTO vmo_audit (seq, at_sec, actor, address, action, alias, "
    "version_id, outcome, detail, mac) VALUES (2, 1795998612, 'vmware', "
    "'192.0.2.1', 'create', 'server', 2, 'ok', 'CN=Zoë 2', "
    "'250612761eb78a896c2ea86cc244079ec240d671e7f57db25f30ed36db78bf34'"
    ")",
    "INSERT INTO vmo_audit (seq, at_sec, actor, address, action, alias, "
    "version_id, outcome, detail, mac) VALUES (3, 1795998612, 'vmware', "
    "'192.0.2.1', 'create', 'server', 3, 'ok', 'CN=Zoë 3', "
    "'bb4fafd98e297888e2d3706616dc9eb2199f0a6d91a19a2d5695ff66d1947464'"
    ")",
    "INSERT INTO vmo_audit (seq, at_sec, actor, address, action, alias, "
    "version_id, outcome, detail, mac) VALUES (4, 1795998612, 'vmware', "
    "'192.0.2.1', 'create', 'other', 4, 'ok', 'CN=Zoë 4', "
    "'2acc2a19710622c4e91b9efd631b3a94f1aba60e70cc7d64b99509a0947c4e7a'"
    ")",
    "INSERT INTO vmo_audit (seq, at_sec, actor, address, action, alias, "
    "version_id, outcome, detail, mac) VALUES (5, 1795998612, 'vmware', "
    "'192.0.2.1', 'destroy', 'other', 4, 'ok', '', "
    "'c10502e26e0da8cc580be531c754396dec2d4833ddec2d1949a2a39d355b149f'"
    ")",
    "INSERT INTO vmo_audit (seq, at_sec, actor, address, action, alias, "
    "version_id, outcome, detail, mac) VALUES (6, 1795998612, 'guest', "
    "'192.0.2.2', 'create', 'server', 0, 'forbidden', 'No, ''not'' "
    "you.', "
    "'24c94e5260dd5e5c056ea521936882eebd9688825bb0dd92dcecfe02a0daf5e5'"
    ")",
    "INSERT INTO vmo_session (session_key, expiry, session) VALUES "
    "('session-key', 1900000000000000, 'user=vmware&x=%s')",
    NULL,
};

static const char *const step_2[] = {
    "CREATE TABLE IF NOT EXISTS vmo_trusted_certificate (fingerprint "
    "{name} NOT NULL PRIMARY KEY, certificate {text} NOT NULL, "
    "subject_text {text} NOT NULL, issuer_text {text} NOT NULL, serial "
    "{name} NOT NULL, key_type {name} NOT NULL, not_before_sec {int} NOT "
    "NULL, not_after_sec {int} NOT NULL, source {text} NOT NULL, "
    "added_by {text} NOT NULL, added_sec {int} NOT NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_package (id {int} NOT NULL PRIMARY "
    "KEY, name {name} NOT NULL UNIQUE, package_id {text} NOT NULL, "
    "description {text} NOT NULL, meta {text} NOT NULL, sha256 {name} "
    "NOT NULL, signer {name} NOT NULL, signer_text {text} NOT NULL, "
    "signature {name} NOT NULL, encrypted {int} NOT NULL, imported_sec "
    "{int} NOT NULL, imported_by {text} NOT NULL, generation {int} NOT "
    "NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_package_element (id {int} NOT NULL "
    "PRIMARY KEY, element_id {name} NOT NULL UNIQUE, folder {text} NOT "
    "NULL, type {text} NOT NULL, name {text} NOT NULL, path {text} NOT "
    "NULL, version {text} NOT NULL, tags {text} NOT NULL, files {text} "
    "NOT NULL, certificates {text} NOT NULL, signer {name} NOT NULL, "
    "author {name} NOT NULL, signature {name} NOT NULL, needs {text} NOT "
    "NULL, content_id {int} NOT NULL, imported_sec {int} NOT NULL, "
    "imported_by {text} NOT NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_package_member (package_id {int} NOT "
    "NULL, element_id {int} NOT NULL, PRIMARY KEY (package_id, "
    "element_id), UNIQUE (element_id, package_id)){options}",
    "CREATE TABLE IF NOT EXISTS vmo_package_content (id {int} NOT NULL "
    "PRIMARY KEY, import_id {int} NOT NULL, size {int} NOT NULL, sha256 "
    "{name} NOT NULL, UNIQUE (import_id, id)){options}",
    "CREATE TABLE IF NOT EXISTS vmo_package_chunk (content_id {int} NOT "
    "NULL, seq {int} NOT NULL, data {text} NOT NULL, PRIMARY KEY "
    "(content_id, seq)){options}",
    "CREATE TABLE IF NOT EXISTS vmo_import (id {int} NOT NULL PRIMARY "
    "KEY, content_id {int} NOT NULL, sha256 {name} NOT NULL, size {int} "
    "NOT NULL, name {text} NOT NULL, created_by {text} NOT NULL, "
    "created_sec {int} NOT NULL, expires_sec {int} NOT NULL){options}",
    NULL,
};

static const char *const rows_2[] = {
    "INSERT INTO vmo_trusted_certificate (fingerprint, certificate, "
    "subject_text, issuer_text, serial, key_type, not_before_sec, "
    "not_after_sec, source, added_by, added_sec) VALUES ('aa11', 'PEM of "
    "aa11', 'CN=Signer', 'O=Issuer', '0a', 'rsa-4096', 1600000000, "
    "1800000000, 'file', 'vmware', 1700000100)",
    "INSERT INTO vmo_package (id, name, package_id, description, meta, "
    "sha256, signer, signer_text, signature, encrypted, imported_sec, "
    "imported_by, generation) VALUES (101, 'org.example.one', 'pkg-1', "
    "'First', '{\"creator\":\"x\"}', "
    "'5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'"
    ", 'aa11', 'CN=Signer', 'valid', 1, 1700000200, 'vmware', 4)",
    "INSERT INTO vmo_package_element (id, element_id, folder, type, "
    "name, path, version, tags, files, certificates, signer, author, "
    "signature, needs, content_id, imported_sec, imported_by) VALUES "
    "(102, 'element-1', 'elements/element-1', 'Workflow', 'Do it', "
    "'Library/Ours', '1.2.3', '{\"items\":[\"t\"]}', "
    "'{\"items\":[{\"name\":\"data\",\"offset\":0,\"size\":5,\"sha256\""
    ":\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982"
    "4\"}]}', '{\"items\":[]}', 'aa11', 'bb22', 'weak', ' key-print-2 ', "
    "103, 1700000201, 'vmware')",
    "INSERT INTO vmo_package_member (package_id, element_id) VALUES "
    "(101, 102)",
    "INSERT INTO vmo_package_content (id, import_id, size, sha256) "
    "VALUES (103, 0, 5, "
    "'2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'"
    ")",
    "INSERT INTO vmo_package_content (id, import_id, size, sha256) "
    "VALUES (106, 105, 3, "
    "'4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2'"
    ")",
    "INSERT INTO vmo_package_chunk (content_id, seq, data) VALUES (103, "
    "0, 'aGVsbG8=')",
    "INSERT INTO vmo_package_chunk (content_id, seq, data) VALUES (106, "
    "0, 'emlw')",
    "INSERT INTO vmo_import (id, content_id, sha256, size, name, "
    "created_by, created_sec, expires_sec) VALUES (105, 106, "
    "'4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2'"
    ", 3, 'org.example.two', 'vmware', 1700000300, 4000000000)",
    NULL,
};

static const char *const step_3[] = {
    "CREATE TABLE IF NOT EXISTS vmo_node (node {name} NOT NULL PRIMARY "
    "KEY, instance {name} NOT NULL, pid {int} NOT NULL, version {text} "
    "NOT NULL, generation {int} NOT NULL, quarantined {int} NOT NULL, "
    "sealed {int} NOT NULL, served {text} NOT NULL, poll_msec {int} NOT "
    "NULL, started_sec {int} NOT NULL, last_seen_sec {int} NOT NULL, "
    "beats {int} NOT NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_event (event {name} NOT NULL, "
    "version_id {int} NOT NULL, seq {int} NOT NULL, node {text} NOT "
    "NULL, at_sec {int} NOT NULL, PRIMARY KEY (event, version_id, "
    "seq)){options}",
    "CREATE TABLE IF NOT EXISTS vmo_schedule (version_id {int} NOT NULL "
    "PRIMARY KEY, at_sec {int} NOT NULL, actor {text} NOT NULL, address "
    "{text} NOT NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_ocsp (fingerprint {name} NOT NULL "
    "PRIMARY KEY, response {text} NOT NULL, next_update_sec {int} NOT "
    "NULL, fetched_sec {int} NOT NULL){options}",
    NULL,
};

static const char *const rows_3[] = {
    "INSERT INTO vmo_node (node, instance, pid, version, generation, "
    "quarantined, sealed, served, poll_msec, started_sec, last_seen_sec, "
    "beats) VALUES ('node-1', 'instance-1', 4711, '0.9', 5, 1, 1, "
    "'server 2 rsa print-2', 2500, 1700000400, 1700000401, 77)",
    "INSERT INTO vmo_event (event, version_id, seq, node, at_sec) VALUES "
    "('expires-30', 2, 0, 'node-1', 1700000500)",
    "INSERT INTO vmo_event (event, version_id, seq, node, at_sec) VALUES "
    "('created', 2, 2, 'node-1', 1700000501)",
    "INSERT INTO vmo_schedule (version_id, at_sec, actor, address) "
    "VALUES (1, 4000000001, 'vmware', '192.0.2.9')",
    "INSERT INTO vmo_ocsp (fingerprint, response, next_update_sec, "
    "fetched_sec) VALUES ('print-2', 'AQID', 4000000002, 1700000600)",
    NULL,
};

static const char *const step_4[] = {
    "CREATE TABLE IF NOT EXISTS vmo_change (seq {int} NOT NULL PRIMARY "
    "KEY, token {name} NOT NULL){options}",
    NULL,
};

static const char *const rows_4[] = {
    "INSERT INTO vmo_change (seq, token) VALUES (1, "
    "'b408da3a65c8564c240bb5cb56fa32fb')",
    "INSERT INTO vmo_change (seq, token) VALUES (2, "
    "'87d8c1ae788d9922197c5f0342f9bdc4')",
    "INSERT INTO vmo_change (seq, token) VALUES (3, "
    "'baff42fc948756a28c07b247e3802143')",
    "INSERT INTO vmo_change (seq, token) VALUES (4, "
    "'d1a6a673c9cfba2f72fcac1b38af8b64')",
    "INSERT INTO vmo_change (seq, token) VALUES (5, "
    "'2e2fe189182315d41f804ae79342fbf1')",
    "INSERT INTO vmo_change (seq, token) VALUES (6, "
    "'c145123c6dc019110776d9930f72ab43')",
    NULL,
};

static const char *const step_5[] = {
    "CREATE TABLE IF NOT EXISTS vmo_activation (version_id {int} NOT "
    "NULL PRIMARY KEY, generation {int} NOT NULL, UNIQUE (generation, "
    "version_id)){options}",
    NULL,
};

static const char *const rows_5[] = {
    "INSERT INTO vmo_activation (version_id, generation) VALUES (1, 2)",
    "INSERT INTO vmo_activation (version_id, generation) VALUES (2, 2)",
    "INSERT INTO vmo_activation (version_id, generation) VALUES (4, 5)",
    NULL,
};

static const char *const step_6[] = {
    "ALTER TABLE vmo_trusted_certificate ADD COLUMN vouches {int} NOT "
    "NULL DEFAULT 0",
    "ALTER TABLE vmo_package ADD COLUMN digest {name} NOT NULL DEFAULT ''",
    "ALTER TABLE vmo_package ADD COLUMN trust {name} NOT NULL DEFAULT ''",
    "ALTER TABLE vmo_package_element ADD COLUMN trust {name} NOT NULL "
    "DEFAULT ''",
    NULL,
};

static const char *const rows_6[] = {
    "UPDATE vmo_package SET digest = 'sha256', trust = 'table'",
    "UPDATE vmo_package_element SET trust = 'once'",
    "UPDATE vmo_trusted_certificate SET vouches = 1",
    NULL,
};

static const char *const step_7[] = {
    "ALTER TABLE vmo_keystore_state ADD COLUMN lineage {name} NOT NULL "
    "DEFAULT ''",
    "ALTER TABLE vmo_keystore_state ADD COLUMN serving_generation {int} "
    "NOT NULL DEFAULT 0",
    "ALTER TABLE vmo_node ADD COLUMN configured {text} NOT NULL DEFAULT "
    "{no text}",
    "ALTER TABLE vmo_node ADD COLUMN by_name {int} NOT NULL DEFAULT 0",
    "ALTER TABLE vmo_node ADD COLUMN entries {int} NOT NULL DEFAULT 0",
    "CREATE TABLE IF NOT EXISTS vmo_entry (name {sort} NOT NULL PRIMARY "
    "KEY, generation {int} NOT NULL, active {text} NOT NULL, "
    "not_after_sec {int} NOT NULL, pending {int} NOT NULL, self_signed "
    "{int} NOT NULL, backed_up_sec {int} NOT NULL, renewal {text} NOT "
    "NULL, search {text} NOT NULL, UNIQUE (generation, name), UNIQUE "
    "(not_after_sec, name)){options}",
    "CREATE INDEX vmo_keystore_by_entry ON vmo_keystore (alias, state, id)",
    "CREATE INDEX vmo_keystore_by_key ON vmo_keystore (alias, state, "
    "key_fingerprint)",
    "CREATE INDEX vmo_keystore_by_state ON vmo_keystore (state, id)",
    "CREATE INDEX vmo_keystore_by_certificate ON vmo_keystore (fingerprint, "
    "id)",
    "CREATE INDEX vmo_audit_by_version ON vmo_audit (version_id, seq)",
    "CREATE INDEX vmo_audit_by_entry ON vmo_audit (alias{prefix}, seq)",
    "CREATE INDEX vmo_audit_by_actor ON vmo_audit (actor{prefix}, seq)",
    "CREATE INDEX vmo_audit_by_outcome ON vmo_audit (outcome{prefix}, seq)",
    "CREATE INDEX vmo_audit_by_action ON vmo_audit (action{prefix}, seq)",
    NULL,
};

static const char *const rows_7[] = {
    "INSERT INTO vmo_entry (name, generation, active, not_after_sec, "
    "pending, self_signed, backed_up_sec, renewal, search) VALUES "
    "('other', 5, '', 0, 0, 0, 0, '', 'other')",
    "INSERT INTO vmo_entry (name, generation, active, not_after_sec, "
    "pending, self_signed, backed_up_sec, renewal, search) VALUES "
    "('server', 3, '2', 1900000001, 1, 0, 0, '', 'server\ncn=zoë "
    "2\n2.example.org\no=2\ncn=zoë 3')",
    "UPDATE vmo_keystore_state SET lineage = "
    "'5ac5e9a3f6cd0b9ab5a5b1c8b9c54b0a', serving_generation = 5",
    "UPDATE vmo_node SET configured = 'server', by_name = 1, entries = 2",
    NULL,
};

static const char *const step_8[] = {
    "ALTER TABLE vmo_keystore_state RENAME COLUMN lock_count TO locks",
    "ALTER TABLE vmo_keystore_state ADD COLUMN sums {text} NOT NULL "
    "DEFAULT {no text}",
    "ALTER TABLE vmo_keystore_state ADD COLUMN moved_sec {int} NOT NULL "
    "DEFAULT 0",
    "ALTER TABLE vmo_keystore_state ADD COLUMN mac {name} NOT NULL "
    "DEFAULT ''",
    "ALTER TABLE vmo_keystore_state ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_keystore ADD COLUMN mac {name} NOT NULL DEFAULT "
    "''",
    "ALTER TABLE vmo_keystore ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_trusted_certificate ADD COLUMN mac {name} NOT "
    "NULL DEFAULT ''",
    "ALTER TABLE vmo_trusted_certificate ALTER COLUMN mac DROP "
    "DEFAULT",
    "ALTER TABLE vmo_package ADD COLUMN mac {name} NOT NULL DEFAULT "
    "''",
    "ALTER TABLE vmo_package ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_package_element ADD COLUMN mac {name} NOT NULL "
    "DEFAULT ''",
    "ALTER TABLE vmo_package_element ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_package_member ADD COLUMN mac {name} NOT NULL "
    "DEFAULT ''",
    "ALTER TABLE vmo_package_member ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_package_content ADD COLUMN mac {name} NOT NULL "
    "DEFAULT ''",
    "ALTER TABLE vmo_package_content ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_import ADD COLUMN mac {name} NOT NULL DEFAULT ''",
    "ALTER TABLE vmo_import ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_schedule ADD COLUMN mac {name} NOT NULL DEFAULT "
    "''",
    "ALTER TABLE vmo_schedule ALTER COLUMN mac DROP DEFAULT",
    "ALTER TABLE vmo_entry ADD COLUMN mac {name} NOT NULL DEFAULT ''",
    "ALTER TABLE vmo_entry ALTER COLUMN mac DROP DEFAULT",
    NULL,
};

static const char *const rows_8[] = {
    "UPDATE vmo_keystore_state SET moved_sec = 0, locks = 14, sums = "
    "'v1.3b8d325211e"
    "96344.zDpsJ0HFDuW8kSCDUpSqOMkZIYcHrf/4YlaRMt06JJfpFUAc+fL80pixfX"
    "HmsZE9BXNXYZg2xK74+a/FryZUvx0sDPKhrtPlUSNgP2eT2tNS2LJZ5HPXCjTivc"
    "4/I25YBhIGVZ/gtEopAbtXeYks3pb0KdSIecr99YfKt1xD7OUHYWjowC3rTPv+QT"
    "ro19UYx6CV1HoFgxb/j8eC47QG89wE8IxGwb7pPeO2jW4+wo3LSWObpvdIYN+08y"
    "KWCevrlNkAPpKumf/csWmeRTX/EsSSup/hiSnML2//rLULJgrwMBm3TK5GnBqv6l"
    "jDkyCrVybBLa9vaPqLmZqO3NGQ1LCX1M7PEcSHMusSYua5Q6DHqTFqgv/9XCViH2"
    "FFI1Qj1AkDcn2iCEGyNpueGu3aLaqcCe76f47Q098hhbFHn/aBMnw05vJOEKfwX0"
    "a8M455d5NDiO7mPDwyzXirB82L1S7oA4t+mFfq04Yd7E7Dfz4fXZLF0Kt0gpNvPq"
    "BcZhyle0Dihpfe3NcMKgiatELFVNKlLCfowDg9VBXVGsEWhiH2onEm+kpsWYV6Ak"
    "E6ByipdPSSUr5y4wf2s6LmFCmOkjYJLd8uulqvYKkbvoZ3FHVlL54+8JJkZnRgUO"
    "R8zazP0hXv/Buc4NZ0/OY96felrjX+DxPcb/QlYqbtQPDnf8WVk8hud3tMWIyrEJ"
    "mRTQYiAtNcervWp+W7AAuGrgX5vWtPNCzAAEclJXieOGKRdDRt9g2Xjv5So7l92L"
    "IeORi8ezW+kIkaoqCFRffE9taHBJ27PAfIDl3XSDwPDXdqffB6MnPC3QCn+/B2Y0"
    "AOg63rePOAqojSvqLQoq4cxCeaCGVC/HrePz4CeI0yxjQyTqvwvHTgy2KHlC6rXV"
    "fvAIhvR4UlFomWcTFV6THreuu98bHqZE/jiqM3gtfGTBoJib5JpvhNqY3P9g0Ekb"
    "kGv6KA7F0dN+AVxdktZEOtd7FOTm5SCTbHtQTcWo6WOdTJkMFYNSTcGnocF+wTiA"
    "nU1iMei9ZB8wjVO5QYQ4V3UJu0W73FKIxM4UA56arflSLVibqNVF9/gGQYRIdq2N"
    "4Vm2Tpr5SHrAH7OvOXhpQ35Cxh', mac = '3b8d325211e96344.03de114e615"
    "ee60ba9ebae0c458c5228f2fff6f1247134b7f1e3300fd13e4e86' WHERE id "
    "= 1",
    "UPDATE vmo_keystore SET sealed_key = 'v1.3b8d325211e96344.skCGUW"
    "zlTmeQI1R9CkJgqTpD/VzEFSnMQIAlBZAtjg4xB/ZOx428VZBnn4k=', mac = '"
    "3b8d325211e96344.58720cbdd6a5b9a9deac7468f0e23ab8d0319d50c683476"
    "6483999d72abd7b97' WHERE id = 1",
    "UPDATE vmo_keystore SET sealed_key = 'v1.3b8d325211e96344.i+ImuQ"
    "bDR8oYrdTLGBPRGyuEgQXk1F5OLUqU4+rClDyn4J0XMFk6XOKUPAs=', mac = '"
    "3b8d325211e96344.b504ba9e3b9721a4521534dd985f8650bb6e5ef318995a3"
    "155736570ef407190' WHERE id = 2",
    "UPDATE vmo_keystore SET sealed_key = 'v1.3b8d325211e96344.pc0RAn"
    "W/xLXFg4zrVo3qgj4/M3OGp1tjvvLrWtUdtxieOjokE/jdGCJEKqo=', mac = '"
    "3b8d325211e96344.feb29d5a07f61f9fbfebf4de7691fc86126e53b2a492f25"
    "dd3c1ba11039d2fcf' WHERE id = 3",
    "UPDATE vmo_keystore SET sealed_key = '', mac = '3b8d325211e96344"
    ".b6d4256aff2f4be92202a51791aa633568f4157a549245a0f44c38c3957e2a6"
    "f' WHERE id = 4",
    "UPDATE vmo_trusted_certificate SET mac = '3b8d325211e96344.82739"
    "a6a959dac31fd3ad506ac31968ab6406410431ae05748590e1d3ef1d93d' WHE"
    "RE fingerprint = 'aa11'",
    "UPDATE vmo_package SET mac = '3b8d325211e96344.3fef6a3bf8f33d85e"
    "5fa872da5ed998539fb202b41517e47f8c41dec722a797c' WHERE id = 101",
    "UPDATE vmo_package_element SET mac = '3b8d325211e96344.a635fd889"
    "048e68744430eb96f01ebc38e21bfa3848fed8e50d94d46e6f85ab7' WHERE i"
    "d = 102",
    "UPDATE vmo_package_member SET mac = '3b8d325211e96344.a05db87eda"
    "1c9e603a0995d8d18a4da985a2f00c950d86cc99c89eb35d9798a9' WHERE pa"
    "ckage_id = 101 AND element_id = 102",
    "UPDATE vmo_package_content SET mac = '3b8d325211e96344.a1feba9fb"
    "d442a3da04d06a5dc2f329f94ba40bef8bf58ddb54b42ea584b503c' WHERE i"
    "d = 103",
    "UPDATE vmo_package_content SET mac = '3b8d325211e96344.3db65cd62"
    "3d97f6f18a96f40048e49c32cd808effbc8bf15da57a1b9ad79e1f6' WHERE i"
    "d = 106",
    "UPDATE vmo_import SET mac = '3b8d325211e96344.c742438f883739fd34"
    "5af7f1aca34d98dbf1c94a41b1b111e6a00062c2c0405e' WHERE id = 105",
    "UPDATE vmo_schedule SET mac = '3b8d325211e96344.214fc74ff8baad1e"
    "5d3f458385b8e8a8fb5579d52e6da4bc6295257e4f2a5470' WHERE version_"
    "id = 1",
    "UPDATE vmo_entry SET mac = '3b8d325211e96344.08ba29bedcd0addc344"
    "3f25d63c5448420aa2cf133a069d0edcb22fd0a146d51' WHERE name = 'oth"
    "er'",
    "UPDATE vmo_entry SET mac = '3b8d325211e96344.f1ae6b53c604b88bf51"
    "f4b3ca6de15a979dc66a02f7c98d9cbe7fe8b94ecae9f' WHERE name = 'ser"
    "ver'",
    NULL,
};

/** What came with one schema version. */
typedef struct {
    const char *const *step; /**< statements that change tables */
    const char *const *rows; /**< INSERT INTO table (columns) VALUES (values),
                                  or what later builds wrote into such rows */
} keystore_part_t;

static const keystore_part_t keystore_parts[] = {
    {step_1, rows_1}, {step_2, rows_2}, {step_3, rows_3}, {step_4, rows_4},
    {step_5, rows_5}, {step_6, rows_6}, {step_7, rows_7}, {step_8, rows_8},
};

#define KEYSTORE_PARTS                                                         \
    ((int)(sizeof(keystore_parts) / sizeof(keystore_parts[0])))

#endif
