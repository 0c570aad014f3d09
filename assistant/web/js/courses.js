// From statements about drugs to courses: what is current, since when, what was stopped and why.
// Rule: statements of one drug (same code, else same name) are one course; the newest decides its state;
// it began at its first statement after the last stop.
import { fold } from "./marking.js";

const ENDED = new Set(["stopped", "completed"]);

const found = (fact, name) => fact.details.find((one) => one.name === name);

export const detail = (fact, name) => found(fact, name)?.text ?? "";

/** A detail that is a moment, in ISO 8601; empty when it is none. */
function moment(fact, name) {
  const value = found(fact, name)?.value;
  return value?.type === "moment" ? value.iso : "";
}

const keyOf = (fact) => fact.codes?.[0]?.code ?? fold(fact.label).split(/[\s(]/)[0];
const dayOf = (fact) => fact.effective ?? "";

function course(statements) {
  const newest = statements[0];
  const stop = statements.slice(1).findIndex((fact) => ENDED.has(fact.status));
  const run = ENDED.has(newest.status) || stop < 0 ? statements : statements.slice(0, stop + 1);
  const dosed = run.find((fact) => detail(fact, "dose")) ?? newest;
  const dated = run.filter((fact) => fact.effective);
  const starts = run.map((fact) => moment(fact, "start")).filter(Boolean).sort();
  const reason = run.find((fact) => detail(fact, "reason"));
  return {
    newest,
    dosed,
    state: newest.status ?? "active",
    label: newest.label,
    since: starts[0] ?? dayOf(dated.at(-1) ?? newest),
    certain: starts.length > 0,
    reason: reason ? detail(reason, "reason") : "",
    stopped: moment(newest, "stop") || dayOf(newest),
    whyStopped: detail(newest, "reason_stopped") || (ENDED.has(newest.status) ? detail(newest, "reason") : ""),
  };
}

/** Courses by state: {current, stopped, other}, each newest first. `facts` are of kind medication. */
export function courses(facts) {
  const groups = new Map();
  const own = facts.filter((fact) => fact.certainty === "present" && fact.subject === "patient" && fact.status !== "entered_in_error");
  for (const fact of [...own].sort((a, b) => dayOf(b).localeCompare(dayOf(a)))) {
    groups.set(keyOf(fact), [...(groups.get(keyOf(fact)) ?? []), fact]);
  }
  const all = [...groups.values()].map(course);
  const current = all.filter((one) => one.state === "active" || one.state === "final");
  const stopped = all.filter((one) => one.state === "stopped");
  return { current, stopped, other: all.filter((one) => !current.includes(one) && !stopped.includes(one)) };
}
