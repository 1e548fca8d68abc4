// Answers for one exact host.

export default {
  fetch(request: Request): Response {
    const { protocol, host } = new URL(request.url);
    const tenant = `${protocol}//ada.${host}/`;
    return new Response(`Each tenant has a subdomain, such as ${tenant}\n`);
  },
};
