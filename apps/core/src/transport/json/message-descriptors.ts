// The descriptors of the contract's messages, read once from the generated descriptor set.
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { DescMessage } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSetBase64 } from '@org/contract/gen/descriptors';
import type { ForeignMethodName, MethodName } from '@org/contract/gen/access-table';

const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, 'base64')),
);

/** Every message of the package flags.v1 by its full name. */
export function contractMessages(): ReadonlyMap<string, DescMessage> {
  const messages = [...registry].filter(
    (type) => type.kind === 'message' && type.typeName.startsWith('flags.v1.'),
  );
  return new Map(messages.map((message) => [message.typeName, message as DescMessage]));
}

/**
 * The request message of a method.
 * @throws for a method that is not in the descriptors: the generated files do not belong together.
 */
export function requestDescriptor(name: MethodName | ForeignMethodName): DescMessage {
  const [service = '', method = ''] = name.split('/');
  const found = registry.getService(service)?.methods.find((candidate) => candidate.name === method);
  if (found === undefined) throw new Error(`${name} is not in the descriptor set`);
  return found.input;
}
