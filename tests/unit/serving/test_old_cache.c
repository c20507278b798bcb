/* SPDX-License-Identifier: Apache-2.0 */
#include "served_util.h"

#include <fcntl.h>

#include "base/json.h"
#include "base/log.h"
#include "serving/old_cache.h"

static int lines;

static void count_line(void *baton, vso_log_level_e level, const char *text)
{
    (void)baton;
    (void)level;
    (void)text;
    lines++;
}

static void old_setup(void)
{
    service_setup();
    node_setup();
    lines = 0;
    vso_log_set_sink(count_line, NULL);
}

/** The key, sealed to its place of then. */
static const char *sealed_then(const vso_version_t *version)
{
    vso_secret_t *key = NULL;
    const char *sealed = NULL;

    assert_ok(vso_versions_open(ring, version, &key, res, pool));
    assert_ok(vso_seal(ring, key,
                       apr_psprintf(pool, "%d|%s|%d|%s", (int)version->id,
                                    version->entry, (int)version->number,
                                    version->key_fingerprint),
                       &sealed, res, pool));
    return sealed;
}

static void add_version(vso_json_t *active, const vso_version_t *version)
{
    vso_json_t *item = vso_json_push_object(active);

    vso_json_set_int(item, "id", version->id);
    vso_json_set_string(item, "alias", version->entry);
    vso_json_set_int(item, "version", version->number);
    vso_json_set_string(item, "keyType", version->key_type);
    vso_json_set_string(item, "keyFingerprint", version->key_fingerprint);
    vso_json_set_string(item, "fingerprint", version->fingerprint);
    vso_json_set_string(item, "certificate", version->certificate);
    vso_json_set_string(item, "chain", version->chain);
    vso_json_set_string(item, "sealedKey", sealed_then(version));
}

/** The text of before, of this keystore at its generation. */
static char *old_text(void)
{
    static const char *const entries[] = {"other", "server"};
    vso_json_t *root = vso_json_object(pool);
    apr_array_header_t *versions;
    apr_size_t at;
    vso_state_t state;
    vso_json_t *active;
    int i;

    assert_ok(vso_store_read_state(context->store, &state, res, pool));
    vso_json_set_string(root, "keystore", state.keystore_id);
    vso_json_set_int(root, "generation", state.generation);
    active = vso_json_add_array(root, "active");
    for (at = 0; at < sizeof(entries) / sizeof(entries[0]); at++) {
        assert_ok(vso_versions_active(context->store, entries[at], &versions,
                                      res, pool));
        for (i = 0; i < versions->nelts; i++) {
            add_version(active,
                        APR_ARRAY_IDX(versions, i, const vso_version_t *));
        }
    }
    vso_json_add_array(root, "live");
    return apr_pstrdup(pool, vso_json_text(root, pool));
}

/** A file as the version before wrote it. */
static const char *old_file(const char *text, const vso_keyring_t *keys)
{
    char *folder = temp_path("vso-old");
    const char *path;
    const char *head = apr_pstrcat(
        pool, "vsocert-cache 1 ",
        vso_keyring_mac(keys, 0, "vsocert cache", text, strlen(text), pool),
        "\n", NULL);
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    path = apr_pstrcat(pool, folder, "/serving.cache", NULL);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, head, strlen(head)), (ssize_t)strlen(head));
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    apr_pool_cleanup_register(pool, folder, remove_files,
                              apr_pool_cleanup_null);
    return path;
}

/** The text with one occurrence replaced by something of the same length. */
static const char *edited(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);

    ck_assert_ptr_nonnull(at);
    memcpy(at, to, strlen(to));
    return text;
}

static vso_served_entry_t *served(const char *entry)
{
    vso_served_entry_t *found = vso_opened_get(opened, entry);

    if (found) {
        apr_pool_cleanup_register(pool, found, give_served_back,
                                  apr_pool_cleanup_null);
    }
    return found;
}

static apr_status_t take(const char *path)
{
    return vso_old_cache_take(path, replica, res, pool);
}

START_TEST(what_was_served_is_served)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *rsa = NULL;
    vso_version_t *other;
    vso_state_t state;
    vso_replica_head_t head;
    const char *path;

    create(0);
    spec.key = "rsa-2048";
    spec.beside = 1;
    assert_ok(vso_certificate_create(context, &spec, &rsa, &outcome, res));
    context->entry = "other";
    other = create(0);
    path = old_file(old_text(), ring);
    ck_assert_int_eq(vso_old_cache_is(path), 1);
    assert_ok(take(path));

    ck_assert_ptr_nonnull(vso_opened_at(served("server"), 1));
    ck_assert_str_eq(vso_opened_at(served("other"), 0)->fingerprint,
                     other->fingerprint);
    ck_assert_ptr_null(vso_opened_at(served("other"), 1));
    ck_assert_ptr_null(served("third"));
    ck_assert_int_eq(key_lives(rsa, "server"), 1);

    /* the database that it came from is wanted, an older one is not */
    assert_ok(vso_store_read_state(context->store, &state, res, pool));
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_str_eq(head.keystore_id, state.keystore_id);
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_WANTED);
    state.generation -= 1;
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_OLDER);
    served_now("server");
    assert_ok(vso_store_read_state(context->store, &state, res, pool));
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_KNOWN);
    ck_assert_str_eq(head.lineage, state.lineage);
}
END_TEST

START_TEST(another_master_key_opens_nothing)
{
    create(0);
    assert_refused(
        take(old_file(old_text(),
                      ring_of("ffffffffffffffffffffffffffffffff", NULL))),
        VSO_P_DAMAGED);
    ck_assert_ptr_null(served("server"));
}
END_TEST

/* Sealing binds a key to its row: no member may be exchanged. */
START_TEST(members_are_bound_to_each_other)
{
    static const struct {
        const char *from;
        const char *to;
    } edits[] = {
        {"\"id\":1", "\"id\":2"},
        {"\"alias\":\"server\"", "\"alias\":\"sorver\""},
        {"\"version\":1", "\"version\":2"},
        {"\"keyFingerprint\":\"", "\"keyFingerprint\":\"x"},
        {"\"fingerprint\":\"", "\"fingerprint\":\"x"},
        {"-----BEGIN CERT", "-----BEGIN CURT"},
    };

    create(0);
    assert_ok(
        take(old_file(edited(old_text(), edits[_i].from, edits[_i].to), ring)));
    ck_assert_ptr_null(served("server"));
    ck_assert_ptr_null(served("sorver"));
    ck_assert_int_eq(lines, 1);
}
END_TEST

static const char *const unusable[] = {
    "",
    "[]",
    "{}",
    "{\"keystore\":\"feed\"}",
    "{\"keystore\":\"feed\",\"generation\":-1}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":{}}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[[]]}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[{\"id\":\"1\"}]}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[",
};

#define UNUSABLE (int)(sizeof(unusable) / sizeof(unusable[0]))

START_TEST(unusable_text_is_refused_as_a_whole)
{
    vso_replica_head_t head;

    ck_assert_int_ne(take(old_file(unusable[_i], ring)), APR_SUCCESS);
    ck_assert_int_ne(res->problem, VSO_P_NONE);
    vso_result_clear(res);
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_str_eq(head.keystore_id, "");
}
END_TEST

START_TEST(no_other_file_is_taken_for_one)
{
    const char *path = old_file("{}", ring);
    const char *link = apr_pstrcat(pool, path, ".link", NULL);

    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(vso_old_cache_is(link), 0);
    unlink(link);
    ck_assert_int_eq(vso_old_cache_is("/dev/zero"), 0);
    ck_assert_int_eq(vso_old_cache_is("/"), 0);
    ck_assert_int_eq(vso_old_cache_is(link), 0);
    ck_assert_int_eq(vso_old_cache_is(path), 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("old cache");
    TCase *tc = tcase_create("old cache");

    tcase_add_checked_fixture(tc, old_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, what_was_served_is_served);
    tcase_add_test(tc, another_master_key_opens_nothing);
    tcase_add_loop_test(tc, members_are_bound_to_each_other, 0, 6);
    tcase_add_loop_test(tc, unusable_text_is_refused_as_a_whole, 0, UNUSABLE);
    tcase_add_test(tc, no_other_file_is_taken_for_one);
    return s;
}
