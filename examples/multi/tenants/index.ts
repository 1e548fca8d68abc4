// Answers for every subdomain: the first label of the host names the tenant.

export default {
  fetch(request: Request): Response {
    const [tenant] = new URL(request.url).hostname.split(".");
    return Response.json({ tenant });
  },
};
