import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemBody } from '../problems/problem-body.js';
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
      .setVersion('v1')
      .setOpenAPIVersion('3.0.3');
    made = SwaggerModule.createDocument(app, builder.build(), {
      operationIdFactory: (_controller, method) => method,
      autoTagControllers: false,
    });
    const { definitions } = z.toJSONSchema(problemBody, { target: 'openapi-3.0' });
    made.components = { ...made.components, schemas: { ...made.components?.schemas, ...(definitions as object) } };
    made.tags = tagsOf(made).map((name) => ({ name }));
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

/** In the order in which the app joined its parts; what is for operators comes last. */
function tagsOf({ paths }: OpenAPIObject): string[] {
  const used = Object.values(paths).flatMap(({ get, post, put, delete: remove }) =>
    [get, post, put, remove].flatMap((operation) => operation?.tags ?? []),
  );
  const others = new Set(used.filter((tag) => tag !== operations));
  return [...others, operations];
}

const operations = 'operations';
