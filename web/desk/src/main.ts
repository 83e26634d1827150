import { createApp } from 'vue';
import App from './App.vue';
import { i18n } from './i18n';
import '../../app/src/styles/tokens.css';
import '../../app/src/styles/base.css';

createApp(App).use(i18n).mount('#app');
