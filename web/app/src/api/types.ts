/**
 * The shapes the citizen's app exchanges with the server, in the form openapi-typescript writes
 * (`paths` for openapi-fetch), so that the generated schema can take this file's place.
 */

/** One text in the two languages of the product. */
export interface Text {
  zh: string;
  en: string;
}

/** Which palette a plate is drawn in; derived by the server from the plate type. */
export type PlateColour = 'blue' | 'yellow' | 'black' | 'white' | 'green_gradient' | 'yellow_green';

export interface Meta {
  name: Text;
  version: string;
  demo: boolean;
  /** Host that stands in printed codes. */
  code_host: string;
  /** RFC 3339. */
  server_time: string;
}

export type Role = 'citizen' | 'officer' | 'insurer' | 'staff';

export interface DemoPerson {
  id: string;
  role: Role;
  name: Text;
  /** What this person's vehicles show, in a sentence. */
  case: Text;
  vehicles: string[];
}

export interface Me {
  id: string;
  role: Role;
  name: Text;
  id_number_masked: string | null;
  phone_masked: string | null;
  unread_notices: number;
}

export interface Clause {
  id: string;
  title: Text;
  text: Text;
  source: string;
  in_force_from: string;
}

export type InspectionState = 'not_due' | 'window_open' | 'overdue';
export type InspectionAction = 'apply_mark' | 'inspect';

export interface Inspection {
  state: InspectionState;
  action: InspectionAction;
  /** `YYYY-MM`, null before the first mark. */
  valid_until: string | null;
  /** `YYYY-MM`. */
  due: string;
  /** Last day of the due month. */
  last_day: string;
  /** Whole days from today to `last_day`; negative when overdue. */
  days_left: number;
  window_opens: string;
  next_valid_until: string;
  rule: string;
  explanation: Text;
  clause: Clause;
}

export type MarkState = 'current' | 'suspended' | 'issuing';

export interface MarkSummary {
  id: string;
  state: MarkState;
  reason: string | null;
  reason_text: Text | null;
  valid_until: string;
  /** Null while it is being issued. */
  issued_at: string | null;
}

export interface PastMark {
  id: string;
  ended_at: string;
  end_reason: string;
  end_reason_text: Text;
  valid_until: string;
}

export interface StatusLetter {
  letter: string;
  name: Text;
}

export interface Vehicle {
  id: string;
  plate_number: string;
  plate_type: string;
  plate_type_name: Text;
  plate_colour: PlateColour;
  vin: string;
  vehicle_type: string;
  vehicle_type_name: Text;
  use_nature: string;
  use_nature_name: Text;
  seats: number;
  energy: Text | null;
  registered_on: string;
  division: string;
  division_name: Text;
  insurance_until: string | null;
  status: StatusLetter[];
  inspection: Inspection | null;
  mark: MarkSummary | null;
  past_marks: PastMark[];
}

export interface Mark {
  id: string;
  vehicle_id: string;
  plate_number: string;
  plate_type: string;
  plate_type_name: Text;
  plate_colour: PlateColour;
  vehicle_type_name: Text;
  valid_until: string;
  last_day: string;
  authority: string;
  authority_name: Text;
  issued_at: string | null;
  state: 'current' | 'suspended' | 'issuing' | 'ended';
  reason: string | null;
  reason_text: Text | null;
  /** The static code's primary text; null unless the mark is in use. */
  code: string | null;
  compact: string | null;
}

export interface LiveCode {
  code: string;
  issued_at: string;
  expires_at: string;
  renew_after_s: number;
}

export interface Notice {
  id: string;
  kind: string;
  title: Text;
  body: Text;
  created_at: string;
  read_at: string | null;
}

/** RFC 9457 with our stable `code`. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
}

interface Json<T> {
  headers: { [name: string]: unknown };
  content: { 'application/json': T };
}
interface Failed {
  headers: { [name: string]: unknown };
  content: { 'application/problem+json': Problem };
}
interface Empty {
  headers: { [name: string]: unknown };
  content?: never;
}
interface Get<T, P = { query?: never; header?: never; path?: never; cookie?: never }> {
  parameters: P;
  requestBody?: never;
  responses: { 200: Json<T>; default: Failed };
}
interface ById {
  query?: never;
  header?: never;
  path: { id: string };
  cookie?: never;
}
interface Nothing {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}

/** Every path the app calls. */
export interface paths {
  '/api/v1/meta': { get: Get<Meta> };
  '/api/v1/demo/sign-ins': { get: Get<{ items: DemoPerson[] }> };
  '/api/v1/demo/sign-in': {
    post: {
      parameters: Nothing;
      requestBody: { content: { 'application/json': { id: string } } };
      responses: { 200: Json<Me>; default: Failed };
    };
  };
  '/api/v1/session/sign-out': {
    post: { parameters: Nothing; requestBody?: never; responses: { 204: Empty; default: Failed } };
  };
  '/api/v1/citizen/me': { get: Get<Me> };
  '/api/v1/citizen/vehicles': { get: Get<{ items: Vehicle[] }> };
  '/api/v1/citizen/vehicles/{id}': { get: Get<Vehicle, ById> };
  '/api/v1/citizen/marks/{id}': { get: Get<Mark, ById> };
  '/api/v1/citizen/marks/{id}/live': {
    post: {
      parameters: ById;
      requestBody?: never;
      responses: { 200: Json<LiveCode>; default: Failed };
    };
  };
  '/api/v1/citizen/notices': {
    get: Get<
      { items: Notice[]; next: string | null },
      { query?: { after?: string }; header?: never; path?: never; cookie?: never }
    >;
  };
  '/api/v1/citizen/notices/{id}/read': {
    post: { parameters: ById; requestBody?: never; responses: { 204: Empty; default: Failed } };
  };
}
