//! What other programs need to use the gateway in a person's name.

use super::state::Chat;
use crate::api::keys::list_keys;
use crate::components::{Cancel, CopyButton, Dialog};
use crate::pages::keys::{CreateDialog, KeyDialogs, KeyOwner};
use crate::pages::organization::use_viewer;
use crate::pages::request::RequestProblem;
use leptos::prelude::*;

/// Base URL, model, key, and programs that run as they are.
#[component]
pub fn ToolsDialog(chat: Chat, open: RwSignal<bool>) -> impl IntoView {
    let title = Signal::stored("Connect to external tools".to_owned());
    let keys = KeyDialogs::new();
    view! {
        <Dialog
            id="chat-tools"
            open
            title
            subtitle="Use your allowed providers from any OpenAI-compatible tool with a virtual key."
            wide=true
        >
            <Tools chat keys />
            <div class="dialog-foot">
                <Cancel label="Close" />
            </div>
        </Dialog>
        <CreateDialog dialogs=keys on_changed=|()| () />
    }
}

/// Makes a key where it is needed; what it can be narrowed to is asked for first.
#[component]
fn MakeKey(keys: KeyDialogs) -> impl IntoView {
    let viewer = StoredValue::new(use_viewer());
    let org = move || viewer.with_value(|viewer| viewer.organization.slug.clone());
    let ask = Action::new(move |_: &()| list_keys(org(), viewer.with_value(|viewer| viewer.member)));
    let (pending, answer) = (ask.pending(), ask.value());
    Effect::new(move |_| {
        if let Some(Ok(list)) = answer.get() {
            let owner = KeyOwner {
                org: org(),
                organization: viewer.with_value(|viewer| viewer.organization.name.clone()),
                member: None,
                allowed: list.allowed,
                policy: list.policy,
                now: list.now,
            };
            keys.open(keys.create, owner, None);
        }
    });
    let failed = Signal::derive(move || match &*answer.read() {
        Some(Err(error)) => Some(error.0.clone()),
        _ => None,
    });
    view! {
        <div class="chat-value">
            <span class="chat-value-name">"key"</span>
            <p>"It is shown once. All of yours are in " <a href="/account">"your account"</a> "."</p>
            <button
                type="button"
                class="button small"
                disabled=pending
                on:click=move |_| {
                    ask.dispatch(());
                }
            >
                "Create key"
            </button>
        </div>
        <RequestProblem problem=failed />
    }
}

#[component]
fn Tools(chat: Chat, keys: KeyDialogs) -> impl IntoView {
    let base = Signal::derive(move || chat.offer.read().base_url.clone());
    let model = Signal::derive(move || {
        let provider = chat
            .provider()
            .or_else(|| chat.offer.read().providers.first().cloned());
        let model = chat
            .choice
            .get()
            .map(|choice| choice.model)
            .filter(|model| !model.is_empty());
        let model = model.or_else(|| provider.as_ref()?.models.first().cloned());
        match (provider, model) {
            (Some(provider), Some(model)) => format!("{}/{model}", provider.slug),
            _ => "provider/model".to_owned(),
        }
    });
    view! {
        <div class="dialog-body chat-tools">
            <Value label="base URL" value=base />
            <Value label="model" value=model />
            <MakeKey keys />
            <p>"Keep the key in an environment variable:"</p>
            <Snippet label="Key" code=Signal::stored("export GATEHOUSE_KEY=…".to_owned()) />
            <Snippet label="curl" code=Signal::derive(move || curl(&base.read(), &model.read())) />
            <Snippet label="Python (pip install openai)" code=Signal::derive(move || python(&base.read(), &model.read())) />
            <Snippet
                label="JavaScript (npm install openai, as an .mjs file)"
                code=Signal::derive(move || javascript(&base.read(), &model.read()))
            />
        </div>
    }
}

#[component]
fn Value(label: &'static str, value: Signal<String>) -> impl IntoView {
    view! {
        <div class="chat-value">
            <span class="chat-value-name">{label}</span>
            <code>{move || value.get()}</code>
            <CopyButton value label=format!("Copy {label}") />
        </div>
    }
}

#[component]
fn Snippet(label: &'static str, code: Signal<String>) -> impl IntoView {
    view! {
        <figure class="code">
            <figcaption class="code-head">
                <span>{label}</span>
                <CopyButton value=code />
            </figcaption>
            // Focusable, so that long lines can be scrolled by keyboard.
            <pre tabindex="0">
                <code>{move || code.get()}</code>
            </pre>
        </figure>
    }
}

/// A text as a string of JSON, which Python and JavaScript read the same.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn curl(base: &str, model: &str) -> String {
    let body = format!(
        r#"{{"model": {}, "messages": [{{"role": "user", "content": "Hello"}}]}}"#,
        quoted(model)
    );
    // Between single quotes a shell reads everything as it is, but for the quote itself.
    let body = body.replace('\'', r"'\''");
    format!(
        "curl {base}/chat/completions \\\n  -H \"Authorization: Bearer $GATEHOUSE_KEY\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'\n"
    )
}

fn python(base: &str, model: &str) -> String {
    format!(
        "import os\nfrom openai import OpenAI\n\nclient = OpenAI(base_url={}, api_key=os.environ[\"GATEHOUSE_KEY\"])\nanswer = client.chat.completions.create(\n    model={},\n    messages=[{{\"role\": \"user\", \"content\": \"Hello\"}}],\n)\nprint(answer.choices[0].message.content)\n",
        quoted(base),
        quoted(model)
    )
}

fn javascript(base: &str, model: &str) -> String {
    format!(
        "import OpenAI from \"openai\";\n\nconst client = new OpenAI({{ baseURL: {}, apiKey: process.env.GATEHOUSE_KEY }});\nconst answer = await client.chat.completions.create({{\n  model: {},\n  messages: [{{ role: \"user\", content: \"Hello\" }}],\n}});\nconsole.log(answer.choices[0].message.content);\n",
        quoted(base),
        quoted(model)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_of_models_break_no_program() {
        let odd = "lab/it's \"x\"$(id)\\";
        let shell = curl("https://g.example/v1", odd);
        assert!(
            shell.contains(r#"{"model": "lab/it'\''s \"x\"$(id)\\", "#),
            "{shell}"
        );
        assert!(python("https://g.example/v1", odd).contains(r#"model="lab/it's \"x\"$(id)\\","#));
        assert!(javascript("https://g.example/v1", odd).contains(r#"model: "lab/it's \"x\"$(id)\\","#));
    }
}
