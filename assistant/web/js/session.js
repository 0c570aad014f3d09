// Signing in and out. One dialog serves the first sign-in and an expired session.
import { ApiError } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { errorWords } from "./errors.js";

/** `api` may be set later (`session.use`), because the api itself asks for a new sign-in. */
export function createSession({ w }) {
  const dialog = byId("signin");
  let api = null;
  let person = null;
  let pending = null;

  function field(name, type, autocomplete) {
    const input = h("input", {
      id: `signin-${name}`, name, type, autocomplete, required: true, autocapitalize: "none", spellcheck: "false",
    });
    return { input, row: h("p", { class: "field" }, h("label", { htmlFor: input.id }, w(`session.${name}`)), input) };
  }

  function build(message, done) {
    const user = field("username", "text", "username");
    const secret = field("password", "password", "current-password");
    const caps = h("p", { class: "hint", id: "signin-caps", hidden: true }, w("session.caps"));
    const trouble = h("p", { class: "trouble", role: "alert" });
    const submit = h("button", { class: "primary", type: "submit" }, w("session.submit"));
    secret.input.setAttribute("aria-describedby", caps.id);
    const watch = (event) => {
      if (event.getModifierState) caps.hidden = !event.getModifierState("CapsLock");
    };

    async function onsubmit(event) {
      event.preventDefault();
      fill(trouble);
      if (!user.input.value.trim() || !secret.input.value) {
        fill(trouble, w("session.empty"));
        (user.input.value.trim() ? secret : user).input.focus();
        return;
      }
      submit.disabled = true;
      fill(submit, w("session.working"));
      try {
        done(await api.signIn(user.input.value.trim(), secret.input.value));
      } catch (error) {
        const wrong = error instanceof ApiError && error.status === 401;
        fill(trouble, wrong ? w("session.wrong") : errorWords(error, w));
        secret.input.value = "";
        secret.input.focus();
      } finally {
        submit.disabled = false;
        fill(submit, w("session.submit"));
      }
    }

    return h(
      "form",
      { novalidate: true, onsubmit, onkeyup: watch, onkeydown: watch },
      h("p", { class: "brand", id: "signin-title" }, w("page.title")),
      h("p", { class: "tagline" }, message ?? w("session.tagline")),
      user.row,
      secret.row,
      caps,
      trouble,
      submit,
    );
  }

  /** Ask for name and password until they are right; several callers share one dialog. */
  function ask(message) {
    pending ??= new Promise((resolve) => {
      fill(dialog, build(message, (me) => resolve(me)));
      dialog.showModal();
      dialog.querySelector("input").focus();
    }).finally(() => {
      pending = null;
      dialog.close();
      fill(dialog);
    });
    return pending;
  }

  dialog.addEventListener("cancel", (event) => event.preventDefault());

  return {
    use(usedApi) {
      api = usedApi;
    },
    /** The person who is signed in, asking for a sign-in where needed. */
    async open(message) {
      dialog.classList.add("first");
      person = (await api.signedIn()) ? await api.me() : await ask(message);
      dialog.classList.remove("first");
      return person;
    },
    /** After an expiry. Another person must not find the first one's page: start afresh. */
    async again() {
      const before = person.id;
      person = await ask(w("session.expired"));
      if (person.id !== before) location.replace("/");
    },
    async close() {
      await api.signOut();
      // Nothing of the record may stay in this page.
      location.replace("/");
    },
  };
}
