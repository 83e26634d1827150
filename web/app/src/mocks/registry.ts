/** The mock back end's routes: each area has its own file, and says what it answers. */

/** What a route is given. */
export interface MockCall {
  request: Request;
  /** Values of `{name}` in the path. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The JSON body; throws when there is none. */
  body<T>(): Promise<T>;
}

/** JSON with status 200, a response as it is, or null for "there is no such thing". */
export type MockAnswer = Response | object | null;
/** `METHOD /path/{name}` to what answers it. */
export type MockRoutes = Readonly<Record<string, (call: MockCall) => MockAnswer | Promise<MockAnswer>>>;

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
/** An error as the server gives it (RFC 9457). */
export function problem(status: number, code: string, more: object = {}): Response {
  return new Response(JSON.stringify({ status, code, title: code, ...more }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}
export const empty = (): Response => new Response(null, { status: 204 });

interface Compiled {
  method: string;
  pattern: RegExp;
  names: string[];
  answer: MockRoutes[string];
}

/** Puts the areas together; of two routes that fit, the first one answers. */
export function compile(...areas: MockRoutes[]): (request: Request) => Promise<Response | null> {
  const routes: Compiled[] = areas.flatMap((area) =>
    Object.entries(area).map(([key, answer]) => {
      const [method = '', path = ''] = key.split(' ');
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
      const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+)')}$`);
      return { method, pattern, names, answer };
    }),
  );
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    for (const { method, pattern, names, answer } of routes) {
      const found = method === request.method ? pattern.exec(pathname) : null;
      if (!found) continue;
      const params = Object.fromEntries(
        names.map((name, i) => [name, decodeURIComponent(found[i + 1] ?? '')]),
      );
      const body = <T>(): Promise<T> => request.json() as Promise<T>;
      const answered = await answer({ request, params, query: searchParams, body });
      if (answered === null) return problem(404, 'not_found');
      return answered instanceof Response ? answered : json(answered);
    }
    return null;
  };
}
