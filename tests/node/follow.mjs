// How clients of both transports follow a store: node follow.mjs URL TOKEN STORE LAST → JSON.
// Each line is cut after every tenth event; what it goes on after is the last event that came.
import { createClient as createStreams } from "graphql-sse";
import { createClient as createSockets } from "graphql-ws";

const [url, token, store, last] = process.argv.slice(2);
if (!url || !token || !store || !last) throw new Error("usage: node follow.mjs URL TOKEN STORE LAST");

const CUT_EVERY = 10;
const query = `subscription Follow($store: String!, $after: ID) {
  orderChanged(on: { store: { code: $store } }, after: $after) { eventId number }
}`;
const Authorization = `Bearer ${token}`;
const patient = { retryAttempts: 50, retryWait: () => new Promise((done) => setTimeout(done, 20)) };

function throughSocket(opened) {
  const client = createSockets({
    ...patient,
    url: `${url.replace(/^http/, "ws")}/graphql`,
    connectionParams: () => ({ Authorization }),
    on: { opened },
    shouldRetry: () => true,
  });
  return { client, cut: () => client.terminate() };
}

function throughStream(opened) {
  const client = createStreams({
    ...patient,
    url: `${url}/graphql`,
    headers: () => ({ Authorization }),
    fetchFn: async (address, options) => {
      opened();
      const answer = await fetch(address, options);
      return new Response(cutShort(answer.body), answer);
    },
  });
  return { client, cut() {} };
}

/** The body until so many events came; then the line breaks, between two events. */
function cutShort(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const encoder = new TextEncoder();
  let rest = "";
  let events = 0;
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) return controller.close();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        controller.enqueue(encoder.encode(`${block}\n\n`));
        if (block.includes("event: next") && ++events === CUT_EVERY) {
          await new Promise((done) => setTimeout(done, 0));
          void reader.cancel();
          return controller.error(new TypeError("the line is cut"));
        }
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function follow(transport) {
  return new Promise((resolve, reject) => {
    const outcome = { numbers: [], connections: 0 };
    const { client, cut } = transport(() => (outcome.connections += 1));
    // Sent anew with every connection: whoever writes the last event into it misses none.
    const payload = { query, variables: { store, after: "0.0.0" } };
    const leave = client.subscribe(payload, {
      next({ data, errors }) {
        if (errors) return reject(new Error(JSON.stringify(errors)));
        payload.variables.after = data.orderChanged.eventId;
        outcome.numbers.push(data.orderChanged.number);
        if (data.orderChanged.number === last) {
          resolve(outcome);
          leave();
        } else if (outcome.numbers.length % CUT_EVERY === 0) cut();
      },
      error: reject,
      complete() {},
    });
  });
}

const [socket, stream] = await Promise.all([follow(throughSocket), follow(throughStream)]);
console.log(JSON.stringify({ socket, stream }));
