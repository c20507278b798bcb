// SPDX-License-Identifier: Apache-2.0
// Import certificate signing request signed by CA.
import { html, useEffect, useRef, useState } from '../lib.js';
import { call } from '../api.js';
import { useDraft } from '../drafts.js';
import { base64 } from '../files.js';
import { t } from '../i18n.js';
import { change, confirmServed, panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { FileField } from '../ui/file.js';
import { Field, Form } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { whyNot } from '../parts/actions.js';
import { hasOther, PlaceField, PlaceNote } from '../parts/place.js';
import { chainNote, Preview } from '../parts/preview.js';
import { Procedure, Unavailable, useTag } from '../parts/procedure.js';

const MAX_BYTES = 1024 * 1024;

async function bodyOf(values) {
    const reply = values.file ? await base64(values.file) : values.text;

    return values.place === 'replace' ? { reply, replace: true } : { reply };
}

/** Looking at the reply: the action, and what it would become, or null. */
function useLook(values) {
    const [preview, setPreview] = useState(null);
    const look = useAction(async ({ signal, onProgress }) => {
        const body = { ...await bodyOf(values), preview: true };
        const answer = await call('POST', '/certificate/reply',
            { signal, onProgress, body });

        setPreview(answer.data);
        announce(t('preview.ready'));
    });

    return { look, preview, forget: () => setPreview(null) };
}

/** Serving what came back. */
function useActivate(values, tag, drop) {
    return useAction(async ({ signal, onProgress }) => {
        const done = await change('POST', '/certificate/reply',
            { signal, onProgress, etag: tag.tag, body: await bodyOf(values) });

        drop();
        if (done.certificate.state === 'passive') {
            go('versions', done.certificate.id);
            announce(t('chain.done'));
            return;
        }
        go('certificate');
        confirmServed(done.certificate.fingerprint,
            t(done.chainUpdates ? 'chain.done' : 'reply.done'));
    });
}

/** A file, or a text; whichever is sent is the field "reply". */
function ReplyFields({ values, look, edit }) {
    const { file, text } = values;

    return html`<${FileField} name=${file || !text ? 'reply' : 'file'}
            label=${t('reply.file')} help=${t('reply.file.help')}
            action=${look} file=${file} max=${MAX_BYTES}
            drop=${t('reply.drop')}
            accept=".pem,.crt,.cer,.der,.p7b,.p7c,.txt"
            onFile=${(chosen) => edit({ file: chosen, text: '' })} />
        ${!file && html`<${Field} name=${text ? 'reply' : 'text'}
            action=${look} label=${t('reply.text')}
            help=${t('reply.text.help')}>${
        (props) => html`<textarea ...${props} rows="6" class="pem"
                spellcheck=${false} value=${text}
                placeholder="-----BEGIN CERTIFICATE-----"
                onInput=${(event) => edit({ text: event.target.value })}>
            </textarea>`}<//>`}`;
}

/** What the reply would become, and the button for it. */
function Found({ preview, values, set, activate, tag }) {
    const { certificate: data } = useStore(panel);
    const { certificate: cert, chainUpdates: updates, pairsWith } = preview;
    const text = t(updates ? 'chain.go' : 'reply.go');

    return html`<${Preview} cert=${cert} trial=${preview.trial}
            updates=${updates} note=${updates ? chainNote(updates)
        : t('reply.pairs', { n: pairsWith.version,
            state: t(`state.${pairsWith.state}`) })} />
        <${Form} action=${activate} label=${text}
            onSubmit=${() => activate.run()}>
            ${!updates && hasOther(data, cert.key) && html`
                <${PlaceField} value=${values.place} action=${activate}
                    onValue=${(place) => set({ place })} />`}
            ${!updates && html`<${PlaceNote} data=${data}
                newKey=${cert.key} place=${values.place} />`}
            <div class="buttons">
            <${Run} action=${activate} disabled=${tag.stale}
                busyText=${t('activate.busy')}>${text}<//>
            <a href=${href('certificate')}>${t('cancel')}</a></div>
        <//>`;
}

export default function Reply() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const [values, set, drop] = useDraft('reply',
        { file: null, text: '', place: 'beside' });
    const { look, preview, forget } = useLook(values);
    const activate = useActivate(values, tag, drop);
    const result = useRef(null);
    const why = whyNot('reply', data.actions.reply);
    const edit = (patch) => {
        set(patch);
        forget();
        look.clear();
        activate.clear();
    };

    useEffect(() => {
        if (preview) {
            result.current.querySelector('h2').focus();
        }
    }, [preview]);
    if (why && !activate.busy) {
        return html`<${Procedure} name="reply"><${Unavailable} why=${why}
            links=${['create', 'request']} /><//>`;
    }
    return html`<${Procedure} name="reply" tag=${tag} action=${activate}>
        <${Form} action=${look} fields=${['reply']} label=${t('do.reply')}
            onSubmit=${() => look.run()}>
            <div class="card">
            <${ReplyFields} values=${values} look=${look} edit=${edit} />
            <${Run} action=${look} disabled=${!values.file &&
        !values.text.trim()} kind=${preview ? 'secondary' : 'primary'}
                busyText=${t('preview.busy')}>${t('preview.go')}<//>
            </div>
        <//>
        <div ref=${result}>${preview && html`<${Found} preview=${preview}
            values=${values} set=${set} activate=${activate} tag=${tag} />`}
        </div><//>`;
}
