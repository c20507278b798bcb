/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What AddressSanitizer is told by programs that are built with it.
 *
 * What is freed waits in a quarantine, so that who still uses it is seen. 8 MB
 * are more than a test frees in between. With the 256 MB of the default nearly
 * each allocation is of memory that was never used, and the kernel takes longer
 * to give it than most tests take.
 */
#ifndef VSO_TEST_ASAN_OPTIONS_H
#define VSO_TEST_ASAN_OPTIONS_H

#ifdef __SANITIZE_ADDRESS__

/** More options of a program's own, each behind a colon. */
#ifndef MORE_ASAN_OPTIONS
#define MORE_ASAN_OPTIONS ""
#endif

const char *__asan_default_options(void);

/** AddressSanitizer calls it when the program starts. */
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=8" MORE_ASAN_OPTIONS;
}

#endif

#endif
