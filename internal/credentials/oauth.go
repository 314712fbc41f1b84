package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"
)

const (
	// oauthRenewal is how long before its end credentials-go renews an access token.
	oauthRenewal = 1200 * time.Second
	// oauthPatience is how long another process may take to keep the sign-in that it
	// renewed, which is after its exchange.
	oauthPatience = 3 * time.Second
	oauthPoll     = 50 * time.Millisecond
)

// oauthSites are the sign-in hosts of the aliyun CLI and its client ids there, by oauth_site_type.
var oauthSites = map[string]struct{ url, client string }{
	"CN":   {"https://oauth.aliyun.com", "4038181954557748008"},
	"INTL": {"https://oauth.alibabacloud.com", "4103531455503354461"},
}

// oauth exchanges the access token of a sign-in by the CLI. Renewing it spends the refresh token,
// so the new one is written back to the file, or the CLI would be signed out.
func oauth(p *profile) *link {
	site, ok := oauthSites[strings.ToUpper(p.required("oauth_site_type"))]
	if !ok {
		p.refuse("oauth_site_type", "it is neither CN nor INTL", `Configure the profile anew by "aliyun configure --mode OAuth".`)
	}
	tokens := p.oauthTokens()
	if tokens.refresh == "" {
		p.required("oauth_access_token")
	}
	l := &link{
		source: "OAuth at " + strings.TrimPrefix(site.url, "https://"),
		origin: p.origin(),
		remedy: `Sign in again: "aliyun configure --mode OAuth --profile ` + p.name + `".`,
	}
	l.open = func() (providers.CredentialsProvider, error) {
		o := &oauthProvider{profile: p, url: site.url, client: site.client, tokens: tokens, fail: l.fail}
		return o, o.build()
	}
	return l
}

type oauthTokens struct {
	access, refresh string
	expires         int64 // of access, Unix time in seconds
}

func (p *profile) oauthTokens() oauthTokens {
	return oauthTokens{p.text("oauth_access_token"), p.text("oauth_refresh_token"), p.number("oauth_access_token_expire")}
}

// oauthProvider makes sure that a renewed sign-in can be kept before it is asked for, and takes over
// one that another process renewed: each provider block is one, and so is the CLI.
type oauthProvider struct {
	*providers.OAuthCredentialsProvider
	profile     *profile
	url, client string
	tokens      oauthTokens
	fail        func(reason string, temporary bool) *SourceError
}

func (o *oauthProvider) build() (err error) {
	o.OAuthCredentialsProvider, err = providers.NewOAuthCredentialsProviderBuilder().
		WithSignInUrl(o.url).WithClientId(o.client).
		WithAccessToken(o.tokens.access).WithRefreshToken(o.tokens.refresh).WithAccessTokenExpire(o.tokens.expires).
		WithTokenUpdateCallback(func(refresh, access, _, _, _ string, expires, _ int64) error {
			fresh := oauthTokens{access, refresh, expires}
			if fresh == o.tokens {
				return nil
			}
			o.tokens = fresh
			// The keys are good all the same, and credentials-go would print the error to stdout.
			_ = o.profile.file.save(o.profile.name, fresh)
			return nil
		}).Build()
	return err
}

// due reports whether the next exchange renews the sign-in first.
func (o *oauthProvider) due() bool {
	return o.tokens.refresh != "" && (o.tokens.access == "" || time.Until(time.Unix(o.tokens.expires, 0)) <= oauthRenewal)
}

func (o *oauthProvider) GetCredentials() (*providers.Credentials, error) {
	if !o.due() || o.renewedByAnother() && !o.due() {
		return o.OAuthCredentialsProvider.GetCredentials()
	}
	spare, _, err := spareFile(o.profile.file.path)
	if err != nil {
		return nil, o.fail("the sign-in must be renewed, but the renewed one could not be kept in "+o.profile.file.path, false)
	}
	spare.Close()
	os.Remove(spare.Name())

	keys, err := o.OAuthCredentialsProvider.GetCredentials()
	switch {
	case err == nil:
		return keys, nil
	case hasPrefix(err, "get session token", "refresh session token", "parsing time"):
		// The old sign-in is spent, and this process alone knows the new one until
		// the exchange succeeds: it has to be tried again.
		return nil, o.fail("the sign-in was renewed, and could not be exchanged for keys", true)
	case hasPrefix(err, "failed to refresh token, status code: 5"):
		return nil, o.fail("the sign-in could not be renewed", true)
	case hasPrefix(err, "failed to refresh token, status code: 4"):
		for begun := time.Now(); time.Since(begun) < oauthPatience; time.Sleep(oauthPoll) {
			if o.renewedByAnother() {
				return o.OAuthCredentialsProvider.GetCredentials()
			}
		}
		return nil, o.fail("the sign-in could not be renewed", false)
	}
	return nil, err
}

// hasPrefix tells the errors of credentials-go apart, which have no types.
func hasPrefix(err error, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(err.Error(), prefix) })
}

// renewedByAnother takes over the tokens that the file holds now, if they are others.
func (o *oauthProvider) renewedByAnother() bool {
	_, file, err := o.profile.file.again()
	if err != nil {
		return false
	}
	now := file.profile(o.profile.name)
	if now == nil {
		return false
	}
	fresh := now.oauthTokens()
	if now.err != nil || fresh == o.tokens {
		return false
	}
	o.tokens = fresh
	return o.build() == nil
}

// again reads the file as it is now, and returns its content as well.
func (f *configFile) again() ([]byte, *configFile, error) {
	content, err := readSmallFile(f.path)
	if err != nil {
		return nil, nil, err
	}
	now, err := parseFile(f.path, content)
	return content, now, err
}

// save writes the tokens of one profile into the file as it is now, and nothing else of it.
func (f *configFile) save(name string, tokens oauthTokens) error {
	content, now, err := f.again()
	if err != nil {
		return err
	}
	i := slices.Index(now.names, name)
	if i < 0 {
		return os.ErrNotExist
	}
	for field, v := range map[string]any{
		"oauth_access_token":        tokens.access,
		"oauth_refresh_token":       tokens.refresh,
		"oauth_access_token_expire": tokens.expires,
	} {
		if now.profiles[i][field], err = json.Marshal(v); err != nil {
			return err
		}
	}
	var top map[string]any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(&top); err != nil {
		return err
	}
	top["profiles"] = now.profiles

	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "\t")
	if err := encoder.Encode(top); err != nil {
		return err
	}
	spare, path, err := spareFile(f.path)
	if err != nil {
		return err
	}
	defer os.Remove(spare.Name())
	_, err = spare.Write(written.Bytes())
	if err := errors.Join(err, spare.Close()); err != nil {
		return err
	}
	if err := os.Rename(spare.Name(), path); err != nil {
		// A file that is a mount of its own cannot be replaced. It exists, so it keeps
		// its permissions.
		return os.WriteFile(path, written.Bytes(), 0o600)
	}
	return nil
}

// spareFile is a new file beside the one at path, with its permissions and owner, ready to replace it.
// The second result is where path leads to, links followed.
func spareFile(path string) (*os.File, string, error) {
	path, err := expandHome(path)
	if err != nil {
		return nil, "", err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	spare, err := os.CreateTemp(filepath.Dir(path), ".config-*.json")
	if err != nil {
		return nil, "", err
	}
	if err := errors.Join(spare.Chmod(info.Mode().Perm()), keepOwner(spare, info)); err != nil {
		spare.Close()
		os.Remove(spare.Name())
		return nil, "", err
	}
	return spare, path, nil
}
