// Server-sent events over a fetch body: works with POST, headers and a cookie.

/** Parse one event block into {event, data}; null for a comment or a keep-alive. */
function parseBlock(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith(":")) continue;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}

/** Yield {event, data} as they arrive. Ends with the body; throws what the network throws. */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      held += done ? "\n\n" : value;
      // A lone CR at the end of a piece may be the first half of CRLF: wait for the rest.
      const ready = held.endsWith("\r") ? held.slice(0, -1) : held;
      const blocks = ready.replace(/\r\n?/g, "\n").split("\n\n");
      held = blocks.pop() + (held.endsWith("\r") ? "\r" : "");
      for (const block of blocks) {
        const parsed = parseBlock(block);
        if (parsed) yield parsed;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
