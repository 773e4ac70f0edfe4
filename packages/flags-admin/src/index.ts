// The public face of the admin client.
