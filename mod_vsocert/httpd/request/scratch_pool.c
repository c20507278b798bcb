/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/scratch_pool.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

apr_pool_t *vsocert_scratch_pool_begin(apr_pool_t *parent)
{
    apr_allocator_t *allocator = NULL;
    apr_pool_t *p;

    /* if that fails, the parent's is used */
    apr_allocator_create(&allocator);
    apr_pool_create_ex(&p, parent, NULL, allocator);
    if (allocator) {
        apr_allocator_owner_set(allocator, p);
    }
    return p;
}

void vsocert_scratch_pool_end(apr_pool_t *p, int used)
{
    apr_pool_destroy(p);
#ifdef __GLIBC__
    if (used) {
        malloc_trim(0);
    }
#endif
}
