/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/limits.h"
#include "x509/chain.h"
#include "x509/pick.h"

/** Common names of a chain, blanks between them. */
static const char *names_of(const apr_array_header_t *chain)
{
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(const char *));
    char name[65];
    int i;

    for (i = 0; i < chain->nelts; i++) {
        X509_NAME_get_text_by_NID(
            X509_get_subject_name(APR_ARRAY_IDX(chain, i, X509 *)),
            NID_commonName, name, sizeof(name));
        APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(pool, name);
    }
    return apr_array_pstrcat(pool, names, ' ');
}

static apr_array_header_t *ordered(X509 *leaf, const apr_array_header_t *certs,
                                   const apr_array_header_t *known)
{
    apr_array_header_t *chain = NULL;

    assert_ok(vso_chain_order(leaf, certs, known, &chain, res, pool));
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return chain;
}

/** A CA certificate for key, signed by issuer, or by itself for NULL. */
static X509 *ca(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer)
{
    return make_cert(&(wish_t){
        .cn = cn, .key = key, .issuer = issuer, .signer = signer, .ca = 1});
}

START_TEST(orders_any_permutation)
{
    pki_t pki = make_pki();
    X509 *other = ca("Other", ec_key(), NULL, NULL);
    X509 *heap[] = {pki.leaf, pki.mid, pki.root, other};
    int a, b, c, d;
    int tried = 0;

    for (a = 0; a < 4; a++) {
        for (b = 0; b < 4; b++) {
            for (c = 0; c < 4; c++) {
                d = 6 - a - b - c;
                if (a == b || a == c || b == c || d < 0 || d > 3 || d == a ||
                    d == b || d == c) {
                    continue;
                }
                ck_assert_str_eq(
                    names_of(ordered(
                        pki.leaf,
                        certs_of(heap[a], heap[b], heap[c], heap[d], NULL),
                        NULL)),
                    "Issuing Root");
                tried++;
            }
        }
    }
    ck_assert_int_eq(tried, 24);
}
END_TEST

START_TEST(goes_as_far_as_it_can)
{
    pki_t pki = make_pki();
    X509 *own = make_cert(&(wish_t){.cn = "own", .key = ec_key()});

    ck_assert_str_eq(names_of(ordered(pki.leaf, certs_of(pki.mid, NULL), NULL)),
                     "Issuing");
    ck_assert_str_eq(
        names_of(ordered(pki.leaf, certs_of(pki.root, NULL), NULL)), "");
    ck_assert_str_eq(names_of(ordered(pki.leaf, certs_of(NULL, NULL), NULL)),
                     "");
    ck_assert_str_eq(names_of(ordered(own, certs_of(pki.mid, own, NULL), NULL)),
                     "");
}
END_TEST

START_TEST(completes_from_what_is_known)
{
    pki_t pki = make_pki();

    ck_assert_str_eq(names_of(ordered(pki.leaf, certs_of(pki.leaf, NULL),
                                      certs_of(pki.root, pki.mid, NULL))),
                     "Issuing Root");
    ck_assert_str_eq(names_of(ordered(pki.leaf, certs_of(pki.mid, NULL),
                                      certs_of(pki.root, pki.mid, NULL))),
                     "Issuing Root");
}
END_TEST

START_TEST(name_alone_does_not_make_an_issuer)
{
    pki_t pki = make_pki();
    X509 *namesake = ca("Issuing", ec_key(), pki.root, pki.root_key);

    ck_assert_str_eq(
        names_of(ordered(pki.leaf, certs_of(namesake, pki.root, NULL), NULL)),
        "");
    ck_assert_int_eq(vso_chain_issued(pki.leaf, pki.mid), 1);
    ck_assert_int_eq(vso_chain_issued(pki.leaf, namesake), 0);
    ck_assert_int_eq(vso_chain_issued(pki.leaf, pki.root), 0);
}
END_TEST

/** Without key ids the signature alone tells namesakes apart. */
START_TEST(signature_decides_without_key_ids)
{
    EVP_PKEY *key = ec_key();
    X509 *right = make_cert(&(wish_t){.cn = "Old CA", .key = key, .plain = 1});
    X509 *wrong =
        make_cert(&(wish_t){.cn = "Old CA", .key = ec_key(), .plain = 1});
    X509 *leaf = make_cert(&(wish_t){.cn = "leaf",
                                     .key = ec_key(),
                                     .issuer = right,
                                     .signer = key,
                                     .plain = 1});
    apr_array_header_t *chain =
        ordered(leaf, certs_of(wrong, right, NULL), NULL);

    ck_assert_int_eq(chain->nelts, 1);
    ck_assert_ptr_eq(APR_ARRAY_IDX(chain, 0, X509 *), right);
}
END_TEST

START_TEST(picks_among_cross_signed)
{
    pki_t pki = make_pki();
    EVP_PKEY *old_key = ec_key();
    X509 *old_root = ca("OldRoot", old_key, NULL, NULL);
    X509 *cross = ca("Root", pki.root_key, old_root, old_key);

    /* the furthest one */
    ck_assert_str_eq(
        names_of(ordered(pki.leaf,
                         certs_of(pki.root, pki.mid, cross, old_root, NULL),
                         NULL)),
        "Issuing Root OldRoot");
    /* but one that ends in a root, where the other is cut */
    ck_assert_int_eq(
        vso_chain_is_root(APR_ARRAY_IDX(
            ordered(pki.leaf, certs_of(cross, pki.mid, pki.root, NULL), NULL),
            1, X509 *)),
        1);
}
END_TEST

START_TEST(what_came_along_goes_before_what_is_known)
{
    pki_t pki = make_pki();
    EVP_PKEY *old_key = ec_key();
    X509 *old_root = ca("OldRoot", old_key, NULL, NULL);
    X509 *cross = ca("Root", pki.root_key, old_root, old_key);

    ck_assert_str_eq(
        names_of(ordered(pki.leaf, certs_of(pki.mid, pki.root, NULL),
                         certs_of(cross, old_root, NULL))),
        "Issuing Root");
}
END_TEST

START_TEST(prefers_the_longer_valid)
{
    pki_t pki = make_pki();
    X509 *renewed = make_cert(&(wish_t){.cn = "Issuing",
                                        .key = pki.mid_key,
                                        .issuer = pki.root,
                                        .signer = pki.root_key,
                                        .ca = 1,
                                        .until_days = 900});
    apr_array_header_t *one =
        ordered(pki.leaf, certs_of(pki.mid, renewed, pki.root, NULL), NULL);
    apr_array_header_t *two =
        ordered(pki.leaf, certs_of(renewed, pki.mid, pki.root, NULL), NULL);

    ck_assert_ptr_eq(APR_ARRAY_IDX(one, 0, X509 *), renewed);
    ck_assert_ptr_eq(APR_ARRAY_IDX(two, 0, X509 *), renewed);
}
END_TEST

START_TEST(walks_no_loop)
{
    EVP_PKEY *a_key = ec_key();
    EVP_PKEY *b_key = ec_key();
    X509 *a_root = ca("A", a_key, NULL, NULL);
    X509 *b_root = ca("B", b_key, NULL, NULL);
    X509 *a_by_b = ca("A", a_key, b_root, b_key);
    X509 *b_by_a = ca("B", b_key, a_root, a_key);
    X509 *leaf = make_cert(&(wish_t){
        .cn = "leaf", .key = ec_key(), .issuer = a_root, .signer = a_key});

    ck_assert_str_eq(
        names_of(ordered(leaf, certs_of(a_by_b, b_by_a, NULL), NULL)), "A B");
    ck_assert_str_eq(
        names_of(ordered(leaf, certs_of(a_by_b, b_by_a, b_root, NULL), NULL)),
        "A B");
    /* the longest way to a root that passes no CA twice */
    ck_assert_str_eq(
        names_of(ordered(leaf, certs_of(a_by_b, b_by_a, a_root, b_root, NULL),
                         NULL)),
        "A B");
}
END_TEST

/* Clients that follow what they are sent failed when a widely used
 * cross-certificate ran out. */
START_TEST(leaves_ways_that_have_expired)
{
    pki_t pki = make_pki();
    EVP_PKEY *old_key = ec_key();
    X509 *old_root = ca("OldRoot", old_key, NULL, NULL);
    X509 *cross = make_cert(&(wish_t){.cn = "Root",
                                      .key = pki.root_key,
                                      .issuer = old_root,
                                      .signer = old_key,
                                      .ca = 1,
                                      .from_days = -9,
                                      .until_days = -1});

    ck_assert_str_eq(
        names_of(ordered(pki.leaf,
                         certs_of(cross, old_root, pki.mid, pki.root, NULL),
                         NULL)),
        "Issuing Root");
    /* but an expired chain is better than none: the judge speaks of it */
    ck_assert_str_eq(
        names_of(
            ordered(pki.leaf, certs_of(cross, old_root, pki.mid, NULL), NULL)),
        "Issuing Root OldRoot");
}
END_TEST

/** A CA's certificate was renewed with the same key: the leaf names the one of
 * before, by its serial, and that one is over. */
START_TEST(takes_the_renewed_of_a_ca)
{
    pki_t pki = make_pki();
    wish_t old = {.cn = "Issuing",
                  .key = pki.mid_key,
                  .issuer = pki.root,
                  .signer = pki.root_key,
                  .ca = 1,
                  .from_days = -400,
                  .until_days = -5};
    X509 *over = make_cert(&old);
    X509 *leaf = make_cert(&(wish_t){.cn = "leaf",
                                     .key = pki.leaf_key,
                                     .issuer = over,
                                     .signer = pki.mid_key,
                                     .aki = "keyid,issuer:always"});
    apr_array_header_t *chain;

    ck_assert_int_ne(X509_check_issued(pki.mid, leaf), X509_V_OK);
    ck_assert_int_eq(vso_chain_issued(leaf, pki.mid), 1);
    ck_assert_int_eq(vso_chain_issued(leaf, over), 1);
    chain = ordered(leaf, certs_of(over, pki.mid, pki.root, NULL), NULL);
    ck_assert_ptr_eq(APR_ARRAY_IDX(chain, 0, X509 *), pki.mid);
    chain = ordered(leaf, certs_of(over, NULL), NULL);
    ck_assert_ptr_eq(APR_ARRAY_IDX(chain, 0, X509 *), over);
}
END_TEST

/** The valid certificate of a CA, also where only the other leads to a root
 * that is there. */
START_TEST(validity_goes_before_a_root)
{
    pki_t pki = make_pki();
    EVP_PKEY *new_key = ec_key();
    X509 *new_root = ca("NewRoot", new_key, NULL, NULL);
    X509 *over = make_cert(&(wish_t){.cn = "Issuing",
                                     .key = pki.mid_key,
                                     .issuer = pki.root,
                                     .signer = pki.root_key,
                                     .ca = 1,
                                     .from_days = -400,
                                     .until_days = -5});
    X509 *valid = ca("Issuing", pki.mid_key, new_root, new_key);
    apr_array_header_t *chain =
        ordered(pki.leaf, certs_of(over, pki.root, valid, NULL), NULL);

    ck_assert_int_eq(chain->nelts, 1);
    ck_assert_ptr_eq(APR_ARRAY_IDX(chain, 0, X509 *), valid);
}
END_TEST

static X509 *picked(X509 *own, X509 *first, X509 *second, X509 *third,
                    const apr_array_header_t *certs)
{
    X509 *there = vso_pick(certs_of(first, second, third, NULL),
                           certs_of(own, NULL), certs);
    X509 *back = vso_pick(third ? certs_of(third, second, first, NULL)
                                : certs_of(second, first, NULL),
                          certs_of(own, NULL), certs);

    ck_assert_ptr_eq(there, back);
    return there;
}

START_TEST(picks_the_certificate_to_serve)
{
    pki_t pki = make_pki();
    wish_t wish = {.cn = "www.example.org",
                   .key = pki.leaf_key,
                   .issuer = pki.mid,
                   .signer = pki.mid_key,
                   .from_days = -300,
                   .until_days = -2};
    X509 *over = make_cert(&wish);
    X509 *early, *newer, *self, *other;

    wish.from_days = 2;
    wish.until_days = 700;
    early = make_cert(&wish);
    wish.from_days = -1;
    newer = make_cert(&wish);
    self = make_cert(&(wish_t){
        .cn = "www.example.org", .key = pki.leaf_key, .until_days = 3000});
    wish.issuer = pki.root;
    wish.signer = pki.root_key;
    other = make_cert(&wish);

    /* valid now, then not yet, then no more; whatever the file says */
    ck_assert_ptr_eq(picked(over, over, pki.leaf, early, certs_of(NULL, NULL)),
                     pki.leaf);
    ck_assert_ptr_eq(picked(over, over, early, NULL, certs_of(NULL, NULL)),
                     early);
    ck_assert_ptr_eq(picked(over, over, self, NULL, certs_of(NULL, NULL)),
                     self);
    /* a CA's before a self-signed one */
    ck_assert_ptr_eq(picked(self, self, pki.leaf, NULL, certs_of(NULL, NULL)),
                     pki.leaf);
    /* whose issuer is there */
    ck_assert_ptr_eq(
        picked(other, other, pki.leaf, NULL, certs_of(pki.mid, NULL)),
        pki.leaf);
    ck_assert_ptr_eq(
        picked(pki.leaf, other, pki.leaf, NULL, certs_of(pki.root, NULL)),
        other);
    /* as the file says, else the one that is valid longer */
    ck_assert_ptr_eq(
        picked(pki.leaf, newer, pki.leaf, NULL, certs_of(pki.mid, NULL)),
        pki.leaf);
    ck_assert_ptr_eq(
        picked(NULL, newer, pki.leaf, NULL, certs_of(pki.mid, NULL)), newer);
    ck_assert_ptr_null(
        vso_pick(certs_of(NULL, NULL), NULL, certs_of(pki.mid, NULL)));
}
END_TEST

/** A CA that changed its key: the new one bears the same name. */
START_TEST(goes_on_from_a_rolled_over_key)
{
    EVP_PKEY *old_key = ec_key();
    EVP_PKEY *new_key = ec_key();
    X509 *old_root = ca("CA", old_key, NULL, NULL);
    X509 *rolled = ca("CA", new_key, old_root, old_key);
    X509 *leaf = make_cert(&(wish_t){
        .cn = "leaf", .key = ec_key(), .issuer = rolled, .signer = new_key});
    apr_array_header_t *chain =
        ordered(leaf, certs_of(old_root, rolled, NULL), NULL);

    ck_assert_int_eq(chain->nelts, 2);
    ck_assert_ptr_eq(APR_ARRAY_IDX(chain, 0, X509 *), rolled);
    ck_assert_int_eq(vso_chain_is_root(rolled), 0);
    chain = vso_chain_without_root(certs_of(rolled, NULL), pool);
    ck_assert_int_eq(chain->nelts, 1);
}
END_TEST

START_TEST(leaves_the_root_out)
{
    pki_t pki = make_pki();
    apr_array_header_t *full = certs_of(pki.mid, pki.root, NULL);

    ck_assert_str_eq(names_of(vso_chain_without_root(full, pool)), "Issuing");
    ck_assert_int_eq(full->nelts, 2);
    ck_assert_str_eq(
        names_of(vso_chain_without_root(certs_of(pki.mid, NULL), pool)),
        "Issuing");
    ck_assert_int_eq(vso_chain_without_root(certs_of(NULL, NULL), pool)->nelts,
                     0);
}
END_TEST

START_TEST(holds_the_cap)
{
    apr_array_header_t *certs = apr_array_make(pool, 32, sizeof(X509 *));
    apr_array_header_t *chain;
    EVP_PKEY *key = ec_key();
    X509 *cert = ca("CA 0", key, NULL, NULL);
    int i;

    for (i = 1; i <= VSO_MAX_CHAIN + 3; i++) {
        EVP_PKEY *next = ec_key();

        APR_ARRAY_PUSH(certs, X509 *) = cert;
        cert = ca(apr_psprintf(pool, "CA %d", i), next, cert, key);
        key = next;
    }
    chain = ordered(cert, certs, NULL);
    ck_assert_int_eq(chain->nelts, VSO_MAX_CHAIN);
    for (i = 0; i < chain->nelts; i++) {
        X509 *issuer = APR_ARRAY_IDX(chain, i, X509 *);

        ck_assert_int_eq(vso_chain_issued(cert, issuer), 1);
        cert = issuer;
    }
}
END_TEST

/** Two keys under one name that sign each other many times: no endless
 * search. */
START_TEST(ends_among_many_namesakes)
{
    apr_array_header_t *certs = apr_array_make(pool, 64, sizeof(X509 *));
    EVP_PKEY *key[] = {ec_key(), ec_key()};
    X509 *self[] = {ca("CA", key[0], NULL, NULL), ca("CA", key[1], NULL, NULL)};
    X509 *leaf = make_cert(&(wish_t){
        .cn = "leaf", .key = ec_key(), .issuer = self[0], .signer = key[0]});
    int i;

    for (i = 0; i < 60; i++) {
        APR_ARRAY_PUSH(certs, X509 *) =
            ca("CA", key[i % 2], self[1 - i % 2], key[1 - i % 2]);
    }
    ck_assert_int_eq(ordered(leaf, certs, certs)->nelts, 2);
}
END_TEST

START_TEST(refuses_a_heap)
{
    apr_array_header_t *certs = apr_array_make(pool, 2048, sizeof(X509 *));
    apr_array_header_t *chain = NULL;
    pki_t pki = make_pki();
    int i;

    for (i = 0; i <= 2 * VSO_MAX_CERTS_IN_FILE; i++) {
        APR_ARRAY_PUSH(certs, X509 *) = pki.mid;
    }
    assert_refused(vso_chain_order(pki.leaf, certs, NULL, &chain, res, pool),
                   VSO_P_TOO_LARGE);
    ck_assert_ptr_null(chain);
}
END_TEST

START_TEST(chain_outlives_what_it_came_from)
{
    apr_pool_t *lasting;
    apr_array_header_t *chain = NULL;
    pki_t pki = make_pki();

    apr_pool_create(&lasting, NULL);
    assert_ok(vso_chain_order(pki.leaf, certs_of(pki.mid, pki.root, NULL), NULL,
                              &chain, res, lasting));
    unit_teardown();
    unit_setup();
    ck_assert_str_eq(names_of(chain), "Issuing Root");
    apr_pool_destroy(lasting);
}
END_TEST

static vso_chain_verdict_e compared(const apr_array_header_t *old_chain,
                                    const apr_array_header_t *new_chain,
                                    const char *clause)
{
    const char *why = NULL;
    vso_chain_verdict_e verdict =
        vso_chain_compare(old_chain, new_chain, time(NULL), &why, pool);

    ck_assert_int_eq(verdict == VSO_CHAIN_WORSE, why != NULL);
    if (clause) {
        ck_assert_ptr_nonnull(why);
        ck_assert_msg(strstr(why, clause) != NULL, "%s", why);
    }
    return verdict;
}

/** The intermediate again, valid until then. */
static X509 *mid_until(const pki_t *pki, int days)
{
    return make_cert(&(wish_t){.cn = "Issuing",
                               .key = pki->mid_key,
                               .issuer = pki->root,
                               .signer = pki->root_key,
                               .until_days = days,
                               .ca = 1});
}

START_TEST(tells_a_better_chain_from_a_worse)
{
    pki_t pki = make_pki();
    apr_array_header_t *none = certs_of(NULL, NULL);
    apr_array_header_t *mid = certs_of(pki.mid, NULL);
    apr_array_header_t *both = certs_of(pki.mid, pki.root, NULL);
    apr_array_header_t *newer = certs_of(mid_until(&pki, 900), NULL);
    apr_array_header_t *older = certs_of(mid_until(&pki, 30), NULL);
    apr_array_header_t *over = certs_of(mid_until(&pki, -1), NULL);
    X509 *cross = ca("Issuing", pki.mid_key, pki.leaf, pki.leaf_key);
    apr_array_header_t *elsewhere = certs_of(cross, NULL);

    ck_assert_int_eq(compared(none, none, NULL), VSO_CHAIN_SAME);
    ck_assert_int_eq(compared(both, both, NULL), VSO_CHAIN_SAME);
    ck_assert_int_eq(compared(none, mid, NULL), VSO_CHAIN_TAKEN);
    ck_assert_int_eq(compared(mid, both, NULL), VSO_CHAIN_TAKEN);
    ck_assert_int_eq(compared(both, mid, "ends earlier"), VSO_CHAIN_WORSE);
    ck_assert_int_eq(compared(mid, none, "ends earlier"), VSO_CHAIN_WORSE);
    ck_assert_int_eq(compared(mid, newer, NULL), VSO_CHAIN_TAKEN);
    ck_assert_int_eq(compared(mid, older, "longer"), VSO_CHAIN_WORSE);
    ck_assert_int_eq(compared(mid, over, "has expired"), VSO_CHAIN_WORSE);
    ck_assert_int_eq(compared(over, older, NULL), VSO_CHAIN_TAKEN);
    /* another way up is somebody's choice */
    ck_assert_int_eq(compared(mid, elsewhere, NULL), VSO_CHAIN_TAKEN);
    ck_assert_int_eq(compared(mid, certs_of(pki.leaf, NULL), "no CA"),
                     VSO_CHAIN_WORSE);
}
END_TEST

/** The clock is the caller's: a certificate of next year is not valid yet. */
START_TEST(compares_at_a_time)
{
    pki_t pki = make_pki();
    apr_array_header_t *mid = certs_of(pki.mid, NULL);
    apr_array_header_t *early =
        certs_of(make_cert(&(wish_t){.cn = "Issuing",
                                     .key = pki.mid_key,
                                     .issuer = pki.root,
                                     .signer = pki.root_key,
                                     .from_days = 300,
                                     .until_days = 900,
                                     .ca = 1}),
                 NULL);
    const char *why = NULL;

    ck_assert_int_eq(compared(mid, early, "not valid yet"), VSO_CHAIN_WORSE);
    ck_assert_int_eq(
        vso_chain_compare(mid, early, time(NULL) + 400 * DAY, &why, pool),
        VSO_CHAIN_TAKEN);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chain");
    TCase *tc = unit_case(s, "chain");

    tcase_add_test(tc, orders_any_permutation);
    tcase_add_test(tc, goes_as_far_as_it_can);
    tcase_add_test(tc, completes_from_what_is_known);
    tcase_add_test(tc, name_alone_does_not_make_an_issuer);
    tcase_add_test(tc, signature_decides_without_key_ids);
    tcase_add_test(tc, picks_among_cross_signed);
    tcase_add_test(tc, what_came_along_goes_before_what_is_known);
    tcase_add_test(tc, prefers_the_longer_valid);
    tcase_add_test(tc, walks_no_loop);
    tcase_add_test(tc, leaves_ways_that_have_expired);
    tcase_add_test(tc, takes_the_renewed_of_a_ca);
    tcase_add_test(tc, validity_goes_before_a_root);
    tcase_add_test(tc, picks_the_certificate_to_serve);
    tcase_add_test(tc, goes_on_from_a_rolled_over_key);
    tcase_add_test(tc, leaves_the_root_out);
    tcase_add_test(tc, holds_the_cap);
    tcase_add_test(tc, ends_among_many_namesakes);
    tcase_add_test(tc, refuses_a_heap);
    tcase_add_test(tc, chain_outlives_what_it_came_from);
    tcase_add_test(tc, tells_a_better_chain_from_a_worse);
    tcase_add_test(tc, compares_at_a_time);
    return s;
}
