// Answers a constant.
export default { fetch: () => new Response("ok") };
