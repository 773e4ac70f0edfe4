// The standard services that need no key: health (for probes) and reflection (it tells what proto/ in this repository
// tells). Both answer stock clients such as grpcurl.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { accessTable, foreignMethods } from '@org/contract/gen/access-table';
import { descriptorSetBase64 } from '@org/contract/gen/descriptors';
import { healthFile, healthService } from './health-file.ts';

/** What probes are told, for the server ("") and for each service. */
export interface Health {
  set(serving: boolean): void;
}

const methods = Object.keys({ ...accessTable, ...foreignMethods });
const services = ['', ...new Set(methods.map((name) => name.slice(0, name.indexOf('/'))))];

/** Adds grpc.health.v1.Health; not serving until told otherwise. */
export function addHealth(server: Server): Health {
  const health = new HealthImplementation();
  const set = (serving: boolean): void => {
    for (const service of services) health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  };
  set(false);
  health.addToServer(server);
  return { set };
}

/** Adds grpc.reflection.v1 and v1alpha over the descriptors of the contract and of the health service. */
export function addReflection(server: Server): void {
  const { file } = fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, 'base64'));
  // The service reads nothing but this member. What proto-loader would put there are files merged by package and without
  // imports, which stock clients refuse.
  const fileDescriptorProtos = [...file, healthFile].map((each) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, each)),
  );
  const format = 'Protocol Buffer 3 EnumDescriptorProto';
  const definitions: PackageDefinition = { contract: { format, type: {}, fileDescriptorProtos } };
  new ReflectionService(definitions, { services: [...services.slice(1), healthService] }).addToServer(server);
}
