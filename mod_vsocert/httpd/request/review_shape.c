/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/review_shape.h"

#include "httpd/request/cert_shape.h"

static void put_signer(vso_json_t *obj, const vso_review_signer_t *signer)
{
    vsocert_cert_shape_put(obj, signer->info, VSOCERT_CERT_SELF, 0);
    vso_json_set_bool(obj, "trusted", signer->verdict.trusted);
    vso_json_set_string(obj, "by",
                        signer->verdict.trusted ? signer->verdict.by : NULL);
    vso_json_set_bool(obj, "vouches", signer->verdict.vouches);
    vso_json_set_string(obj, "why", signer->verdict.why);
    vso_json_set_string(obj, "role", signer->is_package ? "package" : "author");
    vso_json_set_bool(obj, "verified", signer->decisive);
}

static void put_package(vso_json_t *obj, const vso_review_t *review)
{
    const vso_package_t *package = review->package;
    const vso_package_signer_t *signer = package->signer;

    vso_json_set_string(obj, "id", package->id);
    vso_json_set_string(obj, "name", package->name);
    vso_json_set_string(obj, "description", package->description);
    vso_json_set_string(obj, "signer", review->signer->info->fingerprint);
    vso_json_set_string(obj, "signature",
                        vso_element_signature_text(package->signature));
    vso_json_set_string(obj, "digest", signer->digest);
    vso_json_set_string(obj, "signatureDigest", package->raw_digest);
    vso_json_set_bool(obj, "cms", signer->cms);
    vso_json_set_time(obj, "signedAt", signer->signing_time_sec);
    vso_json_set_bool(obj, "encrypted", package->encrypted);
    vso_json_set_bool(obj, "stored", review->stored);
}

static void put_element(vso_json_t *obj, const vso_review_t *review,
                        const vso_review_element_t *item)
{
    const vso_element_t *element = item->element;

    vso_json_set_string(obj, "id", element->id);
    vso_json_set_string(obj, "type", element->type);
    vso_json_set_string(obj, "name", element->name);
    vso_json_set_string(obj, "path", element->path);
    vso_json_set_string(obj, "version", element->version);
    vso_json_set_string(obj, "storedVersion",
                        item->stored ? item->stored->version : NULL);
    vso_json_set_bool(obj, "selected", item->selected);
    vso_json_set_bool(obj, "newer", item->newer);
    vso_json_set_string(obj, "signer", review->signer->info->fingerprint);
    vso_json_set_string(obj, "signature",
                        vso_element_signature_text(element->signature));
    vso_json_set_string(obj, "author",
                        item->author ? item->author->info->fingerprint : NULL);
    vso_json_set_string(obj, "contentSignature",
                        vso_element_signature_text(element->content_signature));
    vso_json_set_bool(obj, "trusted", item->trusted);
    vso_json_set_strings(obj, "tags", element->tags);
    vso_json_set_string(obj, "allowedOperations", element->allowed_operations);
    vso_json_set_int(obj, "size", item->size);
    vso_json_set_bool(obj, "encrypted", element->encrypted);
}

void vsocert_review_shape_put_untrusted(vso_json_t *obj,
                                        const vso_review_t *review)
{
    vso_json_t *array = vso_json_add_array(obj, "signers");
    int i;

    for (i = 0; i < review->signers->nelts; i++) {
        const vso_review_signer_t *signer =
            APR_ARRAY_IDX(review->signers, i, vso_review_signer_t *);

        if (signer->decisive && !signer->verdict.trusted) {
            put_signer(vso_json_push_object(array), signer);
        }
    }
}

void vsocert_review_shape_put(vso_json_t *obj, const vso_review_t *review)
{
    vso_json_t *array;
    int i;

    put_package(vso_json_add_object(obj, "package"), review);
    array = vso_json_add_array(obj, "signers");
    for (i = 0; i < review->signers->nelts; i++) {
        put_signer(vso_json_push_object(array),
                   APR_ARRAY_IDX(review->signers, i, vso_review_signer_t *));
    }
    array = vso_json_add_array(obj, "elements");
    for (i = 0; i < review->elements->nelts; i++) {
        put_element(vso_json_push_object(array), review,
                    APR_ARRAY_IDX(review->elements, i, vso_review_element_t *));
    }
    vso_json_set_bool(obj, "needsTrust", vso_review_needs_trust(review));
}
