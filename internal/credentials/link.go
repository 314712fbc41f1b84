package credentials

import (
	"errors"

	"github.com/aliyun/credentials-go/credentials/providers"
)

// link is one source in a chain of sources. It opens on first use, turns panics and
// errors of credentials-go into a *SourceError, and accepts no half-empty keys.
// The chain's owner sees to it that one call at a time comes in.
type link struct {
	source string // who is asked
	origin string // where that is configured
	remedy string
	sts    bool // its errors hold an answer of STS
	open   func() (providers.CredentialsProvider, error)

	inner providers.CredentialsProvider
}

// GetProviderName names the innermost provider, which STS is told in a header.
func (l *link) GetProviderName() string {
	if l.inner == nil {
		return ""
	}
	return l.inner.GetProviderName()
}

// GetCredentials asks the source. The error is a *SourceError, the deeper link's if that is the one that failed.
func (l *link) GetCredentials() (keys *providers.Credentials, err error) {
	defer func() {
		// The panic value may hold the answer: it is dropped.
		if recover() != nil {
			keys, err = nil, l.fail("its answer lacks a part", false)
		}
	}()
	if l.inner == nil {
		if l.inner, err = l.open(); err != nil {
			l.inner = nil
			return nil, l.explain(err)
		}
	}
	if keys, err = l.inner.GetCredentials(); err != nil {
		return nil, l.explain(err)
	}
	if keys.AccessKeyId == "" || keys.AccessKeySecret == "" {
		// credentials-go would keep them as long as they claim to be good.
		l.inner = nil
		return nil, l.fail("its answer holds an empty key", false)
	}
	return keys, nil
}

func (l *link) explain(err error) error {
	if deeper, ok := errors.AsType[*SourceError](err); ok {
		return deeper
	}
	if reason, temporary, ok := transportFailure(err); ok {
		return l.fail(reason, temporary)
	}
	if !l.sts {
		return l.fail("it cannot be reached or its answer holds no usable keys", false)
	}
	code, requestID := stsAnswer(err)
	if code == "" {
		return l.fail("its answer holds no usable keys", true)
	}
	failure := l.fail("it answered", stsTemporary[code])
	failure.Code, failure.RequestID = code, requestID
	if remedy, ok := stsRemedies[code]; ok {
		failure.Remedy = remedy
	}
	return failure
}

func (l *link) fail(reason string, temporary bool) *SourceError {
	return &SourceError{Source: l.source, Origin: l.origin, Reason: reason, Remedy: l.remedy, temporary: temporary}
}
