import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { docsStyle } from './docs-style.js';

export interface Described {
  /** `order-service`: the page's title. */
  name: string;
  /** Markdown; what a stranger must know before the first call. */
  about: string;
}

/**
 * `/openapi.json`, and `/docs`: a page to try every call in. Everything that the page needs comes from this process:
 * it works without a network. The document is made once, at the first question.
 */
export function serveDocs(app: NestFastifyApplication, described: Described): () => OpenAPIObject {
  let made: OpenAPIObject | undefined;
  const document = (): OpenAPIObject => {
    if (made) return made;
    const builder = new DocumentBuilder()
      .setTitle(described.name)
      .setDescription(described.about)
      .setVersion('1')
      .setOpenAPIVersion('3.0.3');
    made = SwaggerModule.createDocument(app, builder.build(), {
      operationIdFactory: (_controller, method) => method,
    });
    return made;
  };
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: `${described.name} · orderlog`,
    customCss: docsStyle,
    customfavIcon: 'data:,',
    swaggerOptions: {
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
      syntaxHighlight: { theme: 'nord' },
    },
  });
  return document;
}
