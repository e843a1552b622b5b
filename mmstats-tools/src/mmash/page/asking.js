// Asks for one thing at a time. An answer may take longer than an interval, so what is asked already is not
// asked again before it is answered; another question takes its place.

/** Yields what asks, says whether it waits for an answer, and cancels that: `question` tells whether `request` asks for the same, `hear` gets its answer, `fail` its error. */
export function asker({ hear, fail }) {
  let running = null;
  const cancel = () => {
    running?.controller.abort();
    running = null;
  };
  const ask = async (question, request) => {
    if (running?.question === question) return;
    cancel();
    const controller = new AbortController();
    const own = { question, controller };
    running = own;
    const [answer, error] = await request(controller.signal).then((answered) => [answered, null], (failure) => [null, failure]);
    if (running !== own) return;
    running = null;
    if (error) fail(error, question);
    else hear(answer, question);
  };
  return { ask, cancel, isAsking: () => running !== null };
}
