import { describe, expect, test } from 'vitest';
import { whyNotConnected, whyUnfetchable } from './fetch-target.ts';

describe('attack 27: where nothing is fetched from', () => {
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '168.63.129.16',
    '::ffff:0:127.0.0.1',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    'fd00:ec2::254',
    'not an address',
    '',
    '0x7f.1',
    '2130706433',
  ])('%s', (address) => {
    expect(whyNotConnected(address, [])).toBeDefined();
  });

  test.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '2606:4700:4700::1111', '1.1.1.1'])('but from %s', (address) => {
    expect(whyNotConnected(address, [])).toBeUndefined();
  });

  test('an address that is meant is allowed by name, and no other with it', () => {
    expect(whyNotConnected('10.0.0.1', ['10.0.0.1'])).toBeUndefined();
    expect(whyNotConnected('10.0.0.2', ['10.0.0.1'])).toBeDefined();
    expect(whyNotConnected('::ffff:10.0.0.1', ['10.0.0.1'])).toBeDefined();
  });

  test.each([
    ['http://idp.example/jwks', []],
    ['http://127.0.0.1/jwks', []],
    ['https://127.0.0.1/jwks', []],
    ['https://2130706433/', []],
    ['https://0x7f.1/', []],
    ['https://017700000001/', []],
    ['https://[::1]/', []],
    ['https://[::ffff:169.254.169.254]/', []],
    ['https://169.254.169.254/latest/meta-data', []],
    ['http://10.0.0.1/jwks', ['10.0.0.1']],
    ['http://localhost/jwks', ['127.0.0.1']],
    ['https://user:pass@idp.example/', []],
    ['https://idp.example/#x', []],
    ['file:///etc/passwd', []],
    ['data:application/json,{}', []],
    ['ftp://idp.example/', []],
    ['//idp.example/', []],
    ['', []],
  ])('%s is no place for keys', (url, allowed) => {
    expect(whyUnfetchable(url, allowed)).toBeDefined();
  });

  test.each([
    ['https://idp.example/jwks', []],
    ['https://1.1.1.1/jwks', []],
    ['https://10.0.0.1/jwks', ['10.0.0.1']],
    ['http://127.0.0.1:8080/jwks', ['127.0.0.1']],
    ['http://[::1]:8080/jwks', ['::1']],
  ])('%s is one, allowed %j', (url, allowed) => {
    expect(whyUnfetchable(url, allowed)).toBeUndefined();
  });
});
