// What went wrong, in words that say what to do next.
import { ApiError } from "./api.js";

const BY_STATUS = {
  0: "error.offline", 400: "error.request", 403: "error.forbidden", 404: "error.missing",
  413: "error.toolong", 422: "error.request", 502: "error.unavailable", 503: "error.unavailable", 504: "error.unavailable",
};
const BY_CODE = {
  offline: "error.offline",
  interrupted: "error.interrupted",
  question_too_long: "error.toolong",
  audit_unavailable: "error.audit",
};

/** One sentence for the reader. Anything that is not an answer of the service is a fault of ours: it is thrown on. */
export function errorWords(error, w) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 429) return w("error.busy", { n: error.retryAfter ?? 5 });
  const key = BY_CODE[error.code] ?? BY_STATUS[error.status] ?? "error.server";
  return w(key, { request: error.requestId ?? "—" });
}
