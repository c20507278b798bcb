// SPDX-License-Identifier: Apache-2.0
// Rules for the console's modules, and for what lints.

const BROWSER = ['addEventListener', 'AbortController', 'atob', 'Blob', 'btoa', 'clearInterval', 'clearTimeout',
    'crypto', 'dispatchEvent', 'document', 'Event', 'FileReader', 'history',
    'localStorage', 'location', 'matchMedia', 'navigator', 'print',
    'removeEventListener', 'requestAnimationFrame', 'scrollTo', 'setInterval', 'setTimeout', 'TextDecoder',
    'URL', 'URLSearchParams', 'XMLHttpRequest'];
const NODE = ['console', 'process', 'URL'];

const names = (list) => Object.fromEntries(
    list.map((name) => [name, 'readonly']));

const RULES = {
    'eqeqeq': 'error',
    'max-lines-per-function': ['error', { max: 60 }],
    'no-dupe-keys': 'error',
    'no-undef': 'error',
    'no-unreachable': 'error',
    'no-unused-vars': ['error', { ignoreRestSiblings: true }],
    'no-var': 'error',
    'prefer-const': 'error',
};

export default [
    {
        files: ['htdocs/**/*.js'],
        languageOptions: { globals: names(BROWSER) },
        rules: RULES,
    },
    {
        files: ['tests/lint/*.js'],
        languageOptions: { globals: names(NODE) },
        rules: RULES,
    },
    { ignores: ['htdocs/vendor/'] },
];
