// A streamed body: 64 parts of 4 KB.

const part = new Uint8Array(4096).fill(97);

export default {
  fetch(): Response {
    let left = 64;
    return new Response(
      new ReadableStream({
        pull(controller) {
          controller.enqueue(part.slice());
          if (--left === 0) controller.close();
        },
      }),
    );
  },
};
