// SPDX-License-Identifier: Apache-2.0
import { html, useEffect, useId, useRef, useState } from '../lib.js';
import { t } from '../i18n.js';
import { strength } from '../format.js';
import { ProblemNotice, ProblemText } from './notice.js';
import { Text } from './text.js';

/** A form whose refusal stands beside the field it is about, and has the
 * focus. Fields are found by their data-field. */
export function Form({ action, onSubmit, children, label, fields = [] }) {
    const form = useRef(null);
    const { problem } = action;
    const beside = problem && fields.includes(problem.field);

    useEffect(() => {
        if (!problem) {
            return;
        }
        const place = beside
            ? form.current.querySelector(`[data-field="${problem.field}"]`)
            : null;

        (place?.querySelector('input, select, textarea') ||
            form.current.querySelector('.notice-bad'))?.focus();
    }, [problem]);
    return html`<form ref=${form} novalidate aria-label=${label}
        onSubmit=${(event) => {
        event.preventDefault();
        onSubmit();
    }}>
        ${problem && !beside && problem.slug !== 'stale' && html`
            <${ProblemNotice} problem=${problem} id=${`problem-${
        label ? 'form' : 'here'}`} />`}
        ${children}
    </form>`;
}

/** Label, help, control and error of one field; control gets the ids. */
export function Field({ name, label, help, optional, action, error,
    children, group }) {
    const id = useId();
    const problem = action?.problem?.field === name ? action.problem : null;
    const wrong = problem || error;
    const described = [help && `${id}-help`, wrong && `${id}-error`]
        .filter(Boolean).join(' ') || undefined;
    const caption = html`${label}${optional && html`
        <span class="optional">${t('optional')}</span>`}`;

    return html`<div class="field" data-field=${name} role=${
        group ? 'radiogroup' : undefined} aria-labelledby=${
        group ? `${id}-label` : undefined}>
        ${group ? html`<span class="label" id=${`${id}-label`}>${caption}</span>`
        : html`<label for=${id} id=${`${id}-label`}>${caption}</label>`}
        ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
        ${children({ id, 'aria-describedby': described,
        'aria-invalid': wrong ? 'true' : undefined })}
        ${wrong && html`<div class="error" id=${`${id}-error`}>
            ${problem ? html`<${ProblemText} problem=${problem} />` : error}
        </div>`}
    </div>`;
}

export function TextField({ value, onValue, input = {}, ...field }) {
    return html`<${Field} ...${field}>${(props) => html`
        <input type="text" ...${props} ...${input} value=${value}
            onInput=${(event) => onValue(event.target.value)} />`}<//>`;
}

export function SelectField({ value, onValue, options, ...field }) {
    return html`<${Field} ...${field}>${(props) => html`
        <select ...${props} value=${value}
            onChange=${(event) => onValue(event.target.value)}>
            ${options.map(([key, text]) => html`
                <option key=${key} value=${key} selected=${key === value}>${
        text}</option>`)}
        </select>`}<//>`;
}

/** One of a few, each with a word on what it means. */
export function Choice({ value, onValue, options, name, ...field }) {
    const group = useId();

    return html`<${Field} ...${field} name=${name} group>${(props) => html`
        <div class="choices">${options.map(([key, text, help, off]) => html`
            <label key=${key} class=${value === key ? 'chosen' : ''}>
                <input type="radio" name=${group} value=${key}
                    aria-describedby=${props['aria-describedby']}
                    checked=${value === key} disabled=${off}
                    onChange=${() => onValue(key)} />
                <span><span class="choice-name">${text}</span>
                    ${help && html`<span class="choice-help">${help}</span>`}
                </span>
            </label>`)}</div>`}<//>`;
}

export function PasswordField({ value, onValue, autocomplete, hint, first,
    ...field }) {
    const [shown, setShown] = useState(false);
    const level = strength(value);

    return html`<${Field} ...${field}>${(props) => html`
        <div class="password">
            <input type=${shown ? 'text' : 'password'} ...${props}
                value=${value} autocomplete=${autocomplete}
                data-first=${first || undefined}
                autocapitalize="off" spellcheck=${false}
                onInput=${(event) => onValue(event.target.value)} />
            <button type="button" class="quiet" aria-pressed=${
        String(shown)} aria-label=${t('password.show')} onClick=${
        () => setShown(!shown)}>${
        shown ? t('password.hideShort') : t('password.showShort')}</button>
        </div>
        ${hint && value && html`<p class="strength strength-${level}"
            role="status"><span class="strength-bar" aria-hidden="true">
            <i></i><i></i><i></i></span>${t(`strength.${level}`)}</p>`}`}
    <//>`;
}

/** A list of names: Enter, a comma or a space ends one. */
export function ChipsField({ values, onValues, placeholder, ...field }) {
    const [text, setText] = useState('');
    const input = useRef(null);

    function take(more) {
        const names = more.split(/[\s,;]+/).filter(Boolean);

        onValues([...values, ...names.filter((name) =>
            !values.includes(name))]);
        setText('');
    }
    function key(event) {
        if ((event.key === 'Enter' || event.key === ',') && text.trim()) {
            event.preventDefault();
            take(text);
        }
        else if (event.key === 'Backspace' && !text && values.length) {
            onValues(values.slice(0, -1));
        }
    }
    function typed(event) {
        if (/[\s,;]/.test(event.target.value.trim())) {
            take(event.target.value);
        }
        else {
            setText(event.target.value);
        }
    }
    return html`<${Field} ...${field}>${(props) => html`
        <div class="chips">
            ${values.map((name, i) => html`<span class="chip" key=${name}>
                <${Text} value=${name} />
                <button type="button" aria-label=${
        t('chip.remove', { name })} onClick=${() => {
        onValues(values.filter((_, j) => j !== i));
        input.current.focus();
    }}>×</button></span>`)}
            <input type="text" ...${props} ref=${input} value=${text}
                autocapitalize="off" spellcheck=${false} placeholder=${
        values.length ? '' : placeholder} onKeyDown=${key} onInput=${typed}
                onBlur=${() => text.trim() && take(text)} />
        </div>`}<//>`;
}
