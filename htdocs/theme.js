// SPDX-License-Identifier: Apache-2.0
// Sets the colour scheme before the first paint; that is why it is no module.
(function () {
    const dark = matchMedia('(prefers-color-scheme: dark)');

    function apply() {
        let choice = null;

        try {
            choice = localStorage.getItem('vso-theme');
        }
        catch {
            // storage may be forbidden; the system's scheme will do
        }
        document.documentElement.dataset.theme =
            choice || (dark.matches ? 'dark' : 'light');
    }
    dark.addEventListener('change', apply);
    addEventListener('vso-theme', apply);
    addEventListener('storage', apply);
    apply();
})();
