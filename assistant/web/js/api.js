// The only module that talks to the service. Public API only: what the page can do, the API allows.
import { readEvents } from "./events.js";

/** A refusal or failure of the service. `code` is the service's own; status 0 means no answer at all. */
export class ApiError extends Error {
  constructor(status, code, { requestId = null, retryAfter = null } = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

async function failure(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // A proxy may answer with a page of its own: the status alone tells what happened.
  }
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new ApiError(response.status, body.code ?? "unknown", {
    requestId: body.request_id ?? null,
    retryAfter: Number.isFinite(seconds) ? seconds : null,
  });
}

const encode = encodeURIComponent;

/** `signInAgain` is awaited when the session has expired; then the request is made once more. */
export function createApi({ signInAgain }) {
  let csrf = "";

  async function once(method, path, { body, accept = "application/json", signal } = {}) {
    const headers = { Accept: accept };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["X-Aparte-CSRF"] = csrf;
    const options = { method, headers, signal, credentials: "same-origin", cache: "no-store" };
    if (body !== undefined) options.body = JSON.stringify(body);
    try {
      return await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "offline");
    }
  }

  async function call(method, path, options = {}) {
    let response = await once(method, path, options);
    if (response.status === 401 && !options.mayBeSignedOut) {
      await signInAgain();
      response = await once(method, path, options);
    }
    if (!response.ok) throw await failure(response);
    return response;
  }

  async function json(method, path, options) {
    const response = await call(method, path, options);
    return response.status === 204 ? null : response.json();
  }

  const patient = (id) => `/api/patients/${encode(id)}`;

  async function keepToken(asked) {
    const person = await asked;
    csrf = person.csrf_token;
    return person;
  }

  return {
    signedIn: async () => (await json("GET", "/api/session")).signed_in,
    me: () => keepToken(json("GET", "/api/me")),
    signIn: (username, password) =>
      keepToken(json("POST", "/api/session", { body: { username, password }, mayBeSignedOut: true })),
    signOut: () => json("DELETE", "/api/session", { mayBeSignedOut: true }),
    patients: (find, signal) => json("GET", `/api/patients?find=${encode(find)}`, { signal }),
    patient: (id) => json("GET", patient(id)),
    timeline: (id) => json("GET", `${patient(id)}/timeline`),
    facts: (id, ...kinds) => json("GET", `${patient(id)}/facts?${kinds.map((kind) => `kind=${encode(kind)}`).join("&")}`),
    trends: (id) => json("GET", `${patient(id)}/trends`),
    document: (id, recordId, version) =>
      json("GET", `${patient(id)}/documents/${encode(recordId)}${version ? `?version=${encode(version)}` : ""}`),
    answer: (answerId) => json("GET", `/api/answers/${encode(answerId)}`),
    async *ask(id, request, signal) {
      const options = { body: request, accept: "text/event-stream", signal };
      const response = await call("POST", `${patient(id)}/answers`, options);
      try {
        yield* readEvents(response.body);
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new ApiError(0, "interrupted");
      }
    },
  };
}
