// The socket under a session: plain or TLS, and never a reason for the process to stay.
import net from 'node:net';
import tls from 'node:tls';

/** Connects to the url's host. `options` matter for https only. */
export const openSocket = (url: URL, options: tls.ConnectionOptions | undefined): net.Socket => {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const servername = net.isIP(host) ? {} : { servername: host };
  const socket = secure
    ? tls.connect({ ...servername, ...options, host, port, ALPNProtocols: ['h2'] })
    : net.connect({ host, port });
  socket.setNoDelay(true);
  socket.unref();
  // Node makes a new handle for every address it tries.
  socket.on('connectionAttempt', () => socket.unref());
  socket.on('connect', () => socket.unref());
  return socket;
};
