// The push endpoint as net/http and crypto/rsa make it: verifies the token, decodes the push and the message, answers
// what jitcleanup answers, and writes a line. With REMEMBERED_TOKENS set, so many verified tokens are remembered, as
// jitcleanup does, and their claims are checked again with each push.
package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const graceSeconds = 60

type claims struct {
	Audience      string `json:"aud"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Issuer        string `json:"iss"`
	Expiry        int64  `json:"exp"`
	IssuedAt      int64  `json:"iat"`
}

type verifier struct {
	audience, account string
	keys              map[string]*rsa.PublicKey
	remembered        int
	lock              sync.RWMutex
	known             map[[32]byte]claims
}

var errToken = errors.New("not one of the subscription's tokens")

func (v *verifier) check(c claims) error {
	now := time.Now().Unix()
	if c.Issuer != "https://accounts.google.com" || c.Audience != v.audience || c.Email != v.account ||
		!c.EmailVerified || now > c.Expiry+60 || now < c.IssuedAt-60 {
		return errToken
	}
	return nil
}

func (v *verifier) verify(header string) error {
	token, found := strings.TrimPrefix(header, "Bearer "), strings.HasPrefix(header, "Bearer ")
	if !found {
		return errToken
	}
	digest := sha256.Sum256([]byte(token))
	v.lock.RLock()
	c, isKnown := v.known[digest]
	v.lock.RUnlock()
	if isKnown {
		return v.check(c)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errToken
	}
	var head struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	if err := decode(parts[0], &head); err != nil || head.Algorithm != "RS256" {
		return errToken
	}
	key := v.keys[head.KeyID]
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if key == nil || err != nil {
		return errToken
	}
	signed := sha256.Sum256([]byte(token[:len(parts[0])+1+len(parts[1])]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, signed[:], signature) != nil {
		return errToken
	}
	if err := decode(parts[1], &c); err != nil {
		return errToken
	}
	if err := v.check(c); err != nil {
		return err
	}
	if v.remembered == 0 {
		return nil
	}
	v.lock.Lock()
	if len(v.known) >= v.remembered {
		for oldest := range v.known { // Any one: cheaper than the least recently used.
			delete(v.known, oldest)
			break
		}
	}
	v.known[digest] = c
	v.lock.Unlock()
	return nil
}

func decode(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

type envelope struct {
	Message struct {
		Data       []byte            `json:"data"`
		Attributes map[string]string `json:"attributes"`
		MessageID  string            `json:"messageId"`
	} `json:"message"`
	Subscription string `json:"subscription"`
}

type message struct {
	Type       string `json:"type"`
	Attributes struct {
		Role        string    `json:"role"`
		Beneficiary string    `json:"beneficiary"`
		Project     string    `json:"project_id"`
		Start       time.Time `json:"start_time"`
		End         time.Time `json:"end_time"`
	} `json:"attributes"`
}

type line struct {
	Severity    string    `json:"severity"`
	Time        time.Time `json:"time"`
	Message     string    `json:"message"`
	Event       string    `json:"event"`
	MessageID   string    `json:"message_id"`
	Project     string    `json:"project,omitempty"`
	Beneficiary string    `json:"beneficiary,omitempty"`
	Roles       string    `json:"roles,omitempty"`
	End         string    `json:"end,omitempty"`
	Seconds     int64     `json:"seconds,omitempty"`
}

func (v *verifier) push(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		writer.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if v.verify(request.Header.Get("Authorization")) != nil {
		writer.Header().Set("WWW-Authenticate", "Bearer")
		writer.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, 16<<20))
	var push envelope
	if err != nil || json.Unmarshal(body, &push) != nil {
		writer.WriteHeader(http.StatusBadRequest)
		return
	}
	entry := line{Severity: "INFO", Time: time.Now(), MessageID: push.Message.MessageID}
	status := http.StatusNoContent
	var m message
	switch err := json.Unmarshal(push.Message.Data, &m); {
	case err == nil && (m.Type == "ActivationSelfApproved" || m.Type == "ActivationApproved"):
		entry.Project, entry.Beneficiary = m.Attributes.Project, m.Attributes.Beneficiary
		entry.Roles, entry.End = m.Attributes.Role, m.Attributes.End.Format(time.RFC3339)
		entry.Seconds = int64(time.Until(m.Attributes.End)/time.Second) + graceSeconds
		entry.Event, entry.Message = "activation.waiting", "Not ended: it will be delivered again"
		status = http.StatusTooEarly
		writer.Header().Set("Retry-After", strconv.FormatInt(entry.Seconds, 10))
	default:
		entry.Event, entry.Message = "message.ignored", "Acknowledged: the message makes no binding"
	}
	if text, err := json.Marshal(entry); err == nil {
		os.Stdout.Write(append(text, '\n'))
	}
	writer.WriteHeader(status)
}

func fetchKeys(url string) map[string]*rsa.PublicKey {
	answer, err := http.Get(url)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		log.Fatal(err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, key := range set.Keys {
		modulus, _ := base64.RawURLEncoding.DecodeString(key.N)
		exponent, _ := base64.RawURLEncoding.DecodeString(key.E)
		keys[key.Kid] = &rsa.PublicKey{
			N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64()),
		}
	}
	return keys
}

func main() {
	remembered, _ := strconv.Atoi(os.Getenv("REMEMBERED_TOKENS"))
	v := &verifier{
		audience: os.Getenv("PUSH_AUDIENCE"), account: os.Getenv("PUSH_SERVICE_ACCOUNT"), remembered: remembered,
		keys: fetchKeys(os.Getenv("JWKS_URL")), known: map[[32]byte]claims{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/push", v.push)
	mux.HandleFunc("/health", func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusOK) })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}
