export { configureHttp } from './configure-http';
export { Documented } from './documented';
export { HttpModule } from './http.module';
export { documentationVariables } from './variables';
