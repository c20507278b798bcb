/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scratch.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

apr_pool_t *vso_scratch_begin(apr_pool_t *parent)
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

void vso_scratch_end(apr_pool_t *p, int used)
{
    apr_pool_destroy(p);
    if (used) {
        vso_scratch_trim();
    }
}

void vso_scratch_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
