import type { Language } from '../languages';

export default { name: '中文', direction: 'ltr', dates: 'zh-CN', texts: 'zh' } satisfies Language;
