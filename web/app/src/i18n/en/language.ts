import type { Language } from '../languages';

export default { name: 'English', direction: 'ltr', dates: 'en-GB', texts: 'en' } satisfies Language;
